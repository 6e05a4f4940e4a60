//! Rows to begin with: one organization with everything a launch needs. Every optional column is filled,
//! so that reading back proves it.

use chrono::{DateTime, TimeZone as _, Utc};
use laurel::{
    clock::Dice,
    ids::{AwardId, LearnerId, OrganizationId},
    store::{self, Store, entity::*},
};
use serde_json::json;

/// An organization with an issuer, a badge, a platform, a course and a placement.
pub struct World {
    pub dice: Dice,
    pub now: DateTime<Utc>,
    pub organization: organization::Model,
    pub artwork: artwork::Model,
    pub issuer: issuer::Model,
    pub issuer_key: issuer_key::Model,
    pub achievement: achievement::Model,
    pub version: achievement_version::Model,
    pub platform: platform::Model,
    pub platform_key: platform_key::Model,
    pub deployment: deployment::Model,
    pub course: course::Model,
    pub link: link::Model,
    pub placement: placement::Model,
    pub rule: placement_rule::Model,
}

/// A moment with microseconds, as `Clock::now` cuts them.
pub fn moment() -> DateTime<Utc> {
    Utc.timestamp_opt(1_795_000_000, 123_456_000).unwrap()
}

impl World {
    /// Makes the rows of one organization and inserts them, through the store's own functions.
    pub async fn new(store: &Store) -> Self {
        let world = Self::rows(Dice::system());
        let tx = store.write().await.unwrap();
        store::organization::insert(&tx, world.organization.clone()).await.unwrap();
        assert_eq!(store::artwork::insert(&tx, world.artwork.clone()).await.unwrap(), world.artwork.id);
        store::issuer::insert(&tx, world.issuer.clone()).await.unwrap();
        store::issuer::insert_key(&tx, world.issuer_key.clone()).await.unwrap();
        store::achievement::insert(&tx, world.achievement.clone()).await.unwrap();
        store::achievement::insert_version(&tx, world.version.clone()).await.unwrap();
        store::platform::insert(&tx, world.platform.clone()).await.unwrap();
        store::platform::insert_key(&tx, world.platform_key.clone()).await.unwrap();
        store::deployment::insert(&tx, world.deployment.clone()).await.unwrap();
        assert_eq!(store::course::upsert(&tx, world.course.clone()).await.unwrap(), world.course);
        assert_eq!(store::link::upsert(&tx, world.link.clone()).await.unwrap(), world.link);
        store::placement::insert(&tx, world.placement.clone()).await.unwrap();
        store::placement::insert_rule(&tx, world.placement.course_id, world.rule.clone(), Vec::new())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        world
    }

    /// Only makes them.
    pub fn rows(dice: Dice) -> Self {
        let now = moment();
        let organization_id = dice.row_id::<OrganizationId>(now);
        let unique = dice.token().to_lowercase().replace('_', "-");
        let organization = organization::Model {
            id: organization_id,
            slug: format!("org-{unique}"),
            name: "Hafen".into(),
            created_at: now,
        };
        let artwork = artwork::Model {
            id: dice.public_id(),
            organization_id,
            sha256: "ab".repeat(32),
            width: 400,
            height: 400,
            media_type: "image/png".into(),
            bytes: vec![0, 1, 2, 255],
            source: artwork::ArtworkSource::Upload,
            created_at: now,
        };
        let issuer = issuer::Model {
            id: dice.row_id(now),
            organization_id,
            slug: format!("issuer-{unique}"),
            name: "Hafen-Akademie".into(),
            url: "https://hafen.example".into(),
            email: "badges@hafen.example".into(),
            description: Some("Wir bilden aus.".into()),
            language: "de".into(),
            base_url: "https://badges.example".into(),
            image_artwork_id: Some(artwork.id),
            created_at: now,
        };
        let issuer_key = issuer_key::Model {
            id: dice.row_id(now),
            organization_id,
            issuer_id: issuer.id,
            public_multibase: format!("z6Mk{unique}"),
            sealed_private: vec![7; 60],
            state: issuer_key::IssuerKeyState::Active,
            created_at: now,
            retired_at: Some(now),
        };
        let achievement = achievement::Model {
            id: dice.row_id(now),
            organization_id,
            issuer_id: issuer.id,
            slug: "rust".into(),
            created_at: now,
            archived_at: Some(now),
        };
        let version = achievement_version::Model {
            id: dice.public_id(),
            organization_id,
            achievement_id: achievement.id,
            number: 1,
            name: "Rust".into(),
            description: "Kann Rust.".into(),
            criteria_narrative: "*Alles* gelöst".into(),
            achievement_type: "Badge".into(),
            tags: json!(["rust"]),
            alignments: json!([]),
            language: "de".into(),
            artwork_id: Some(artwork.id),
            rule: json!({"launched": {}}),
            floor: json!({"strength": "weak"}),
            may_place: achievement_version::MayPlace::Instructors,
            validity_days: Some(365),
            valid_until: Some(now),
            remind_days: json!([30, 7]),
            created_at: now,
        };
        let platform = platform::Model {
            id: dice.public_id(),
            organization_id: Some(organization_id),
            family: "moodle".into(),
            name: "Moodle".into(),
            issuer_url: format!("https://{unique}.example"),
            client_id: "client".into(),
            authorization_endpoint: "https://moodle.example/auth".into(),
            token_endpoint: Some("https://moodle.example/token".into()),
            token_audience: Some("https://moodle.example/token".into()),
            jwks_url: Some("https://moodle.example/certs".into()),
            jwks_inline: Some(json!({"keys": []})),
            public_key_pem: Some("-----BEGIN PUBLIC KEY-----".into()),
            settings: json!({"a": [1, null, "ü"]}),
            guid: Some("guid".into()),
            seen_guid: Some("rebuilt".into()),
            first_deployment_until: Some(now),
            state: platform::PlatformState::Active,
            created_at: now,
        };
        let platform_key = platform_key::Model {
            id: dice.row_id(now),
            platform_id: platform.id,
            kid: unique.clone(),
            sealed_private: vec![9; 1200],
            public_jwk: json!({"kty": "RSA"}),
            state: platform_key::PlatformKeyState::Next,
            created_at: now,
            activates_at: now,
            retired_at: Some(now),
        };
        let deployment = deployment::Model {
            id: dice.row_id(now),
            organization_id: Some(organization_id),
            platform_id: platform.id,
            deployment_id: "1".into(),
            state: deployment::DeploymentState::Accepted,
            guid: Some("guid".into()),
            seen_guid: Some("rebuilt".into()),
            created_at: now,
            last_seen_at: now,
        };
        let course = course::Model {
            id: dice.row_id(now),
            organization_id,
            deployment_id: deployment.id,
            context_id: "42".into(),
            title: Some("Rust für alle".into()),
            label: Some("RUST1".into()),
            services: json!({"nrps": "https://moodle.example/nrps"}),
            copied_from_id: None,
            created_at: now,
            updated_at: now,
        };
        let link = link::Model {
            id: dice.row_id(now),
            organization_id,
            deployment_id: deployment.id,
            course_id: Some(course.id),
            resource_link_id: "7".into(),
            title: Some("Abzeichen".into()),
            line_item_url: Some("https://moodle.example/lineitems/7".into()),
            token_hash: Some("hash".into()),
            token_state: Some(link::TokenState::Bound),
            copied_from_id: None,
            created_at: now,
            updated_at: now,
        };
        let placement = placement::Model {
            id: dice.row_id(now),
            organization_id,
            achievement_id: achievement.id,
            achievement_version_id: version.id,
            course_id: Some(course.id),
            link_id: Some(link.id),
            state: placement::PlacementState::Live,
            mode: placement::PlacementMode::Ever,
            settings: json!({}),
            copied_from_id: None,
            created_at: now,
            updated_at: now,
        };
        let rule = placement_rule::Model {
            id: dice.row_id(now),
            organization_id,
            placement_id: placement.id,
            number: 1,
            rule: json!({"launched": {"link": link.id}}),
            created_by: "ada".into(),
            created_at: now,
        };
        Self {
            dice,
            now,
            organization,
            artwork,
            issuer,
            issuer_key,
            achievement,
            version,
            platform,
            platform_key,
            deployment,
            course,
            link,
            placement,
            rule,
        }
    }

    pub fn id(&self) -> OrganizationId {
        self.organization.id
    }

    pub fn learner(&self, sub: &str) -> learner::Model {
        learner::Model {
            id: self.dice.row_id(self.now),
            organization_id: self.id(),
            platform_issuer_url: self.platform.issuer_url.clone(),
            sub: sub.into(),
            name: Some("Grace Hopper".into()),
            given_name: Some("Grace".into()),
            family_name: Some("Hopper".into()),
            email: Some("grace@example.org".into()),
            language: Some("de".into()),
            is_test: false,
            is_confirmed: true,
            created_at: self.now,
            last_seen_at: self.now,
        }
    }

    pub fn enrollment(&self, learner: LearnerId) -> enrollment::Model {
        enrollment::Model {
            id: self.dice.row_id(self.now),
            organization_id: self.id(),
            course_id: self.course.id,
            learner_id: learner,
            roles_seen: json!(["Learner"]),
            is_staff_ever: false,
            permission: "learner".into(),
            state: enrollment::EnrollmentState::Active,
            digest: "digest".into(),
            roster_run: Some(self.dice.public_id()),
            last_seen_at: self.now,
            created_at: self.now,
        }
    }

    pub fn signal(&self, learner: LearnerId, form: signal::SignalForm, source_id: &str) -> signal::Model {
        signal::Model {
            id: self.dice.row_id(self.now),
            organization_id: self.id(),
            form,
            source: "moodle".into(),
            source_id: source_id.into(),
            channel: "event".into(),
            strength: 2,
            learner_id: learner,
            course_id: Some(self.course.id),
            link_id: Some(self.link.id),
            kind: "score".into(),
            subject: "quiz".into(),
            value: json!({"given": "7", "maximum": "10"}),
            previous: Some(json!(null)),
            run_id: Some(self.dice.public_id()),
            seen_at: Some(self.now),
            not_before: Some(self.now),
            happened_at: self.now,
            heard_at: self.now,
        }
    }

    pub fn award(&self, learner: LearnerId) -> award::Model {
        award::Model {
            id: self.dice.row_id(self.now),
            organization_id: self.id(),
            achievement_id: self.achievement.id,
            achievement_version_id: self.version.id,
            issuer_id: self.issuer.id,
            placement_id: Some(self.placement.id),
            rule_id: Some(self.rule.id),
            scope: self.achievement.id.to_string(),
            learner_id: learner,
            period: String::new(),
            state: award::AwardState::Active,
            strength: 1,
            verdict: json!({"outcome": "met"}),
            origin: award::AwardOrigin::Automatic,
            granted_by: "rule".into(),
            narrative: Some("gut".into()),
            evidence: json!([]),
            awarded_at: self.now,
            valid_until: Some(self.now),
            generation: 1,
            claim_token_hash: self.dice.token(),
            claim_token_sealed: vec![1, 2, 3],
            share_token: self.dice.token(),
            published: false,
            revoked_at: None,
            revoked_by: None,
            revocation_reason: None,
            veto: false,
            veto_lifted_by: None,
            pass_id: None,
            created_at: self.now,
            updated_at: self.now,
        }
    }

    pub fn generation(&self, award: AwardId) -> generation::Model {
        generation::Model {
            id: self.dice.row_id(self.now),
            organization_id: self.id(),
            award_id: award,
            number: 1,
            recipient_hash: "sha256$00".into(),
            salt: "salt".into(),
            recipient_sealed: vec![5; 40],
            published_at: self.now,
            revoked_at: None,
            revocation_reason: None,
            replaced_at: None,
        }
    }

    pub fn credential(
        &self,
        generation: &generation::Model,
        kind: credential::CredentialKind,
        place: Option<(&status_list::Model, i32)>,
    ) -> credential::Model {
        credential::Model {
            id: self.dice.public_id(),
            organization_id: self.id(),
            generation_id: generation.id,
            award_id: generation.award_id,
            issuer_id: self.issuer.id,
            kind,
            document: "{\"ü\": \"\\u0000 bleibt\"}".into(),
            status_list_id: place.map(|(list, _)| list.id),
            status_index: place.map(|(_, index)| index),
            issuer_key_id: Some(self.issuer_key.id),
            valid_from: self.now,
            valid_until: Some(self.now),
            revoked_at: None,
            revocation_reason: None,
            created_at: self.now,
        }
    }

    pub fn status_list(&self, number: i32, size: i32) -> status_list::Model {
        status_list::Model {
            id: self.dice.row_id(self.now),
            organization_id: self.id(),
            issuer_id: self.issuer.id,
            number,
            size,
            leased: 0,
            permutation_key: vec![3; 32],
            revision: 0,
            created_at: self.now,
        }
    }

    pub fn launch(&self, nonce: &str) -> launch_record::Model {
        launch_record::Model {
            id: self.dice.row_id(self.now),
            organization_id: Some(self.id()),
            platform_id: self.platform.id,
            nonce_hash: nonce.into(),
            outcome: "ok".into(),
            checks: json!(["signature"]),
            claim_names: json!(["sub"]),
            warnings: json!([]),
            learner_id: None,
            course_id: Some(self.course.id),
            link_id: Some(self.link.id),
            permission: "learner".into(),
            target: Some("/course".into()),
            session_hash: Some("hash".into()),
            correlation_id: "c-1".into(),
            created_at: self.now,
            expires_at: self.now + chrono::Duration::minutes(10),
        }
    }
}
