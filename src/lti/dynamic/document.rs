//! The documents' types: those of `openidconnect`, with LTI's own members beside them (§20.2,
//! §20.3).

use openidconnect::{
    AdditionalProviderMetadata, ProviderMetadata,
    core::{
        CoreApplicationType, CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
        CoreGrantType, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm,
        CoreRegisterErrorResponseType, CoreResponseMode, CoreResponseType, CoreSubjectIdentifierType,
    },
    registration::{
        AdditionalClientMetadata, ClientRegistrationRequest, EmptyAdditionalClientRegistrationResponse,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The member of a registration that holds everything about LTI.
pub const TOOL_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
/// The member of a configuration that holds everything about LTI.
pub(super) const PLATFORM_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

/// A platform's configuration.
pub(super) type PlatformDocument = ProviderMetadata<
    LtiPlatform,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// What we ask a platform to register.
pub(super) type ToolDocument = ClientRegistrationRequest<
    LtiTool,
    EmptyAdditionalClientRegistrationResponse,
    CoreApplicationType,
    CoreClientAuthMethod,
    CoreRegisterErrorResponseType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// LTI's members of a configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct LtiPlatform {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_server: Option<String>,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti-platform-configuration")]
    pub platform: PlatformBlock,
}

impl AdditionalProviderMetadata for LtiPlatform {}

/// What the platform says of itself.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PlatformBlock {
    pub product_family_code: Option<String>,
    pub version: Option<String>,
    pub messages_supported: Vec<MessageSupport>,
    pub variables: Vec<String>,
    pub notice_types_supported: Vec<String>,
}

/// A kind of message that the platform can send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSupport {
    /// `LtiResourceLinkRequest`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Where in the platform it can be placed; empty when it does not say.
    #[serde(default)]
    pub placements: Vec<String>,
}

/// LTI's members of a registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct LtiTool {
    pub scope: String,
    #[serde(rename = "https://purl.imsglobal.org/spec/lti-tool-configuration")]
    pub tool: ToolBlock,
}

impl AdditionalClientMetadata for LtiTool {}

/// What we say of ourselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ToolBlock {
    pub domain: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secondary_domains: Vec<String>,
    pub target_link_uri: String,
    pub description: String,
    pub custom_parameters: Map<String, Value>,
    pub claims: Vec<String>,
    pub messages: Vec<MessageBlock>,
    /// Members of one product only.
    #[serde(flatten)]
    pub extras: Map<String, Value>,
}

/// One kind of message that we want.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MessageBlock {
    #[serde(rename = "type")]
    pub kind: String,
    pub target_link_uri: String,
    pub label: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icon_uri: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub placements: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supported_types: Vec<String>,
    /// `label#de` and the like, and members of one product only.
    #[serde(flatten)]
    pub extras: Map<String, Value>,
}
