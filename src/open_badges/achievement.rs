//! What is awarded: a `BadgeClass` of Open Badges 2.0 and an Achievement of 3.0, from one typed value (open-badges.md §3.1,
//! §5.1, §15). Versions are the application's: here an achievement is whatever it says it is.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::contexts::{CREDENTIALS_V2, OPEN_BADGES_V2, OPEN_BADGES_V3};
use crate::members::Members;
use crate::profile::{self, Image, Issuer, image_ob2, image_ob3};
use crate::text::{FieldError, check_address, check_characters, check_text};

/// The badge definition, one version of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Achievement {
    /// Address of the 3.0 Achievement.
    pub ob3_id: String,
    /// Address of the 2.0 `BadgeClass`.
    pub ob2_id: String,
    /// Page that explains how to earn it.
    pub criteria_url: String,
    /// Title.
    pub name: String,
    /// One paragraph, plain text.
    pub description: String,
    /// How to earn it, Markdown, carried unchanged; empty = only the page.
    pub criteria_narrative: String,
    /// A word of the standard's list or `ext:…`.
    pub achievement_type: AchievementType,
    /// The plain picture.
    pub image: Image,
    /// Keywords.
    pub tags: Vec<String>,
    /// Frameworks it is aligned to.
    pub alignments: Vec<Alignment>,
    /// Version label, shown only.
    pub version: String,
    /// BCP 47 language of the texts.
    pub language: String,
}

/// A word for the kind of achievement; only [`AchievementType::parse`] makes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AchievementType(String);

/// One aligned target.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Alignment {
    /// Title of the target.
    pub target_name: String,
    /// Its address, carried unchanged (http stays http).
    pub target_url: String,
    /// What it is.
    pub target_description: Option<String>,
    /// Name of the framework.
    pub target_framework: Option<String>,
    /// Its code in the framework.
    pub target_code: Option<String>,
    /// `CFItem`, `CTDL`, … or `ext:…`; 3.0 only.
    pub target_type: Option<String>,
}

const ACHIEVEMENT_TYPES: [&str; 31] = [
    "Achievement",
    "ApprenticeshipCertificate",
    "Assessment",
    "Assignment",
    "AssociateDegree",
    "Award",
    "Badge",
    "BachelorDegree",
    "Certificate",
    "CertificateOfCompletion",
    "Certification",
    "CommunityService",
    "Competency",
    "Course",
    "CoCurricular",
    "Degree",
    "Diploma",
    "DoctoralDegree",
    "Fieldwork",
    "GeneralEducationDevelopment",
    "JourneymanCertificate",
    "LearningProgram",
    "License",
    "Membership",
    "ProfessionalDoctorate",
    "QualityAssuranceCredential",
    "MasterCertificate",
    "MasterDegree",
    "MicroCredential",
    "ResearchDoctorate",
    "SecondarySchoolDiploma",
];

const TARGET_TYPES: [&str; 7] = [
    "ceasn:Competency",
    "ceterms:Credential",
    "CFItem",
    "CFRubric",
    "CFRubricCriterion",
    "CFRubricCriterionLevel",
    "CTDL",
];

impl AchievementType {
    /// Accept a word of the list or an extension.
    ///
    /// # Errors
    /// An unknown word without `ext:`, which the schema would refuse in every credential.
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        if ACHIEVEMENT_TYPES.contains(&word) || is_extension(word) {
            return Ok(Self(word.to_owned()));
        }
        Err(FieldError::new(
            "achievement.achievement_type",
            format!("`{word}` is not in the standard's list; write `ext:{word}` for a word of your own"),
        ))
    }

    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for AchievementType {
    type Error = FieldError;

    fn try_from(word: String) -> Result<Self, FieldError> {
        Self::parse(&word)
    }
}

impl From<AchievementType> for String {
    fn from(word: AchievementType) -> Self {
        word.0
    }
}

impl Achievement {
    /// Refuse a definition whose documents validators would refuse.
    ///
    /// # Errors
    /// The first field that is missing or malformed.
    pub fn check(&self) -> Result<(), FieldError> {
        check_address("achievement.ob3_id", &self.ob3_id)?;
        check_address("achievement.ob2_id", &self.ob2_id)?;
        check_address("achievement.criteria_url", &self.criteria_url)?;
        check_text("achievement.name", &self.name)?;
        check_text("achievement.description", &self.description)?;
        check_characters("achievement.criteria_narrative", &self.criteria_narrative)?;
        check_characters("achievement.version", &self.version)?;
        check_address("achievement.image.url", &self.image.url)?;
        check_characters("achievement.image.caption", self.image.caption.as_deref().unwrap_or_default())?;
        self.tags.iter().try_for_each(|tag| check_characters("achievement.tags", tag))?;
        for alignment in &self.alignments {
            check_text("achievement.alignments.target_name", &alignment.target_name)?;
            check_address("achievement.alignments.target_url", &alignment.target_url)?;
            for text in [&alignment.target_description, &alignment.target_framework, &alignment.target_code] {
                check_characters("achievement.alignments", text.as_deref().unwrap_or_default())?;
            }
            if let Some(word) = alignment.target_type.as_deref()
                && !TARGET_TYPES.contains(&word)
                && !is_extension(word)
            {
                return Err(FieldError::new(
                    "achievement.alignments.target_type",
                    format!(
                        "`{word}` is not in the standard's list; write `ext:{word}` for a word of your own"
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// The 2.0 `BadgeClass` document, as hosted at `achievement.ob2_id`.
#[must_use]
pub fn badge_class(achievement: &Achievement, issuer: &Issuer) -> Value {
    let criteria = Members::new()
        .with("type", "Criteria")
        .with("id", achievement.criteria_url.as_str())
        .with_text("narrative", Some(&achievement.criteria_narrative));
    let alignments = achievement.alignments.iter().map(|alignment| {
        target(Members::new().with("type", "AlignmentObject"), alignment)
            .with_text("targetCode", alignment.target_code.as_deref())
            .build()
    });
    Members::new()
        .with("@context", OPEN_BADGES_V2)
        .with("type", "BadgeClass")
        .with("id", achievement.ob2_id.as_str())
        .with("name", achievement.name.as_str())
        .with("description", achievement.description.as_str())
        .with("image", image_ob2(&achievement.image))
        .with("criteria", criteria.build())
        .with("issuer", issuer.ob2_id.as_str())
        .with_list("tags", texts(&achievement.tags))
        .with_list("alignment", alignments.collect())
        .with_text("@language", Some(&achievement.language))
        .build()
}

/// The 3.0 Achievement document, as hosted at `achievement.ob3_id`.
#[must_use]
pub fn achievement(achievement: &Achievement, issuer: &Issuer) -> Value {
    let mut document = json!({"@context": [CREDENTIALS_V2, OPEN_BADGES_V3]});
    if let (Value::Object(document), Value::Object(members)) = (&mut document, embedded(achievement)) {
        document.extend(members);
        document.insert("creator".into(), profile::brief(issuer));
    }
    document
}

/// The Achievement as it stands inside a credential. It names no creator there: that is the credential's issuer, and a
/// statement that stands twice could lose one of its copies without the proof noticing (design §6.7).
pub(crate) fn embedded(achievement: &Achievement) -> Value {
    let criteria = Members::new()
        .with("id", achievement.criteria_url.as_str())
        .with_text("narrative", Some(&achievement.criteria_narrative));
    let alignments = achievement.alignments.iter().map(|alignment| {
        target(Members::new().with("type", json!(["Alignment"])), alignment)
            .with_text("targetType", alignment.target_type.as_deref())
            .with_text("targetCode", alignment.target_code.as_deref())
            .build()
    });
    Members::new()
        .with("id", achievement.ob3_id.as_str())
        .with("type", json!(["Achievement", "https://w3id.org/openbadges#BadgeClass"]))
        .with("achievementType", achievement.achievement_type.as_str())
        .with("name", achievement.name.as_str())
        .with("description", achievement.description.as_str())
        .with("criteria", criteria.build())
        .with("image", image_ob3(&achievement.image))
        .with_list("tag", texts(&achievement.tags))
        .with_text("version", Some(&achievement.version))
        .with_list("alignment", alignments.collect())
        .with(
            "related",
            json!([{
                "id": achievement.ob2_id,
                "type": ["Related", "https://w3id.org/openbadges#BadgeClass"],
                "version": "Open Badges v2p0",
            }]),
        )
        .build()
}

fn target(members: Members, alignment: &Alignment) -> Members {
    members
        .with("targetName", alignment.target_name.as_str())
        .with("targetUrl", alignment.target_url.as_str())
        .with_text("targetDescription", alignment.target_description.as_deref())
        .with_text("targetFramework", alignment.target_framework.as_deref())
}

/// The texts that say something, each once: of two equal ones a proof would not miss one.
fn texts(items: &[String]) -> Vec<Value> {
    let mut seen = Vec::with_capacity(items.len());
    for item in items.iter().map(String::as_str).filter(|item| !item.is_empty()) {
        if !seen.contains(&item) {
            seen.push(item);
        }
    }
    seen.into_iter().map(Value::from).collect()
}

/// `ext:` and letters, digits, dot, hyphen, underscore.
fn is_extension(word: &str) -> bool {
    word.strip_prefix("ext:").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
    })
}
