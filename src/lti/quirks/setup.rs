//! What an administrator enters where, in each family's own words: menus, fields and service switches. The set-up
//! pages, the diagnosis and the README say the same because they say this.
//!
//! Sources: `spec/lti-1.3-tool.md` §25, `spec/moodle-platform.md` §1, §3, §7 and §9; the names of menus and fields
//! as the vendors' public set-up guides have them (November 2026). Menus are renamed now and then: a name that an
//! administrator does not find is near.

use crate::services::scope::{LINEITEM, MEMBERSHIP_READONLY, RESULT_READONLY, SCORE};

/// Where and how a tool is entered by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The way through the menus to the form.
    pub place: &'static str,
    /// The form's fields in its order.
    pub fields: &'static [Field],
    /// The name of the field that wants the address of our keys.
    pub keys_field: &'static str,
    /// What lets the tool use services.
    pub services: &'static [Service],
    /// Where client id and deployment id are shown afterwards.
    pub told_at: &'static str,
    /// Where a registration address is pasted instead; `None` where there is no such way.
    pub registration: Option<&'static str>,
    /// What else keeps the platform from reading our keys, and where that is put right.
    pub keys_blocked: Option<&'static str>,
    /// Which setting gives names and addresses to the tool; badges are mailed.
    pub privacy: &'static str,
    /// The key of the text that says what is left to do after a registration by itself.
    pub registered: &'static str,
}

/// A field of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name over there.
    pub label: &'static str,
    /// What goes in.
    pub value: Value,
}

/// What goes into a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// This choice or text.
    Text(&'static str),
    /// The page that opens by default.
    Home,
    /// The page on which instructors pick.
    Pick,
    /// Where logins begin.
    Login,
    /// The redirect address.
    Launch,
    /// The address of our keys.
    Keys,
    /// Our host.
    Domain,
    /// The address of the configuration document for Canvas.
    CanvasDocument,
    /// Custom parameters, a line each.
    Custom,
}

/// A switch of services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// What it is called, and what to choose.
    pub switch: &'static str,
    /// What it allows.
    pub scopes: &'static [&'static str],
}

const GRADES: &[&str] = &[LINEITEM, RESULT_READONLY, SCORE];
const ROSTER: &[&str] = &[MEMBERSHIP_READONLY];

const fn field(label: &'static str, value: Value) -> Field {
    Field { label, value }
}

const fn service(switch: &'static str, scopes: &'static [&'static str]) -> Service {
    Service { switch, scopes }
}

/// For a platform of no known family: the words of the standards.
pub const STANDARD: Setup = Setup {
    place: "The administration of external tools (LTI 1.3)",
    fields: &[
        field("Target link URI (tool URL)", Value::Home),
        field("OpenID Connect login initiation URL", Value::Login),
        field("Redirect URI", Value::Launch),
        field("Public keyset URL (JWKS)", Value::Keys),
        field("Deep linking URL (content selection)", Value::Pick),
        field("Custom parameters", Value::Custom),
    ],
    keys_field: "Public keyset URL (JWKS)",
    services: &[
        service("Assignment and Grade Services", GRADES),
        service("Names and Role Provisioning Services", ROSTER),
    ],
    told_at: "The tool's details, after it is saved",
    registration: Some("The field for a registration (dynamic registration) URL"),
    keys_blocked: None,
    privacy: "Share name and e-mail address with the tool",
    registered: "register-next-other",
};

pub(super) const MOODLE: Setup = Setup {
    place: "Site administration → Plugins → Activity modules → External tool → Manage tools → configure a tool manually",
    fields: &[
        field("Tool name", Value::Text("Badges")),
        field("Tool URL", Value::Home),
        field("LTI version", Value::Text("LTI 1.3")),
        field("Public key type", Value::Text("Keyset URL")),
        field("Public keyset", Value::Keys),
        field("Initiate login URL", Value::Login),
        field("Redirection URI(s)", Value::Launch),
        field("Custom parameters", Value::Custom),
        field(
            "Tool configuration usage",
            Value::Text("Show in activity chooser and as a preconfigured tool"),
        ),
        field("Default launch container", Value::Text("Embed, without blocks")),
        field("Supports Deep Linking (Content-Item Message)", Value::Text("on")),
        field("Content Selection URL", Value::Pick),
    ],
    keys_field: "Public keyset",
    services: &[
        service(
            "Services → IMS LTI Assignment and Grade Services: Use this service for grade sync and column management",
            GRADES,
        ),
        service(
            "Services → IMS LTI Names and Role Provisioning: Use this service to retrieve members' information as \
             per privacy settings",
            ROSTER,
        ),
    ],
    told_at: "Manage tools → the tool's card → View configuration details (Client ID, Deployment ID)",
    registration: Some(
        "Site administration → Plugins → Activity modules → External tool → Manage tools → Tool URL → Add LTI Advantage; \
         then press Activate on the tool's card",
    ),
    keys_blocked: Some(
        "Moodle reads our keys itself and refuses private addresses and any port but 80 and 443: Site administration → \
         General → Security → HTTP security → cURL blocked hosts list (curlsecurityblockedhosts) must not hold this \
         server's address, and cURL allowed ports list (curlsecurityallowedport) must hold its port",
    ),
    privacy: "Privacy → Share launcher's name with tool, Share launcher's email with tool: Always",
    registered: "register-next-moodle",
};

pub(super) const CANVAS: Setup = Setup {
    place: "Admin → Developer Keys → + Developer Key → + LTI Key",
    fields: &[
        field("Method", Value::Text("Enter URL")),
        field("JSON URL", Value::CanvasDocument),
        field("Redirect URIs", Value::Launch),
        field("State (after saving)", Value::Text("ON")),
    ],
    keys_field: "Public JWK URL",
    services: &[
        service(
            "LTI Advantage Services: Can create and view assignment data in the gradebook associated with the tool",
            &[LINEITEM],
        ),
        service(
            "LTI Advantage Services: Can view submission data for assignments associated with the tool",
            &[RESULT_READONLY],
        ),
        service(
            "LTI Advantage Services: Can create and update submission results for assignments associated with the tool",
            &[SCORE],
        ),
        service(
            "LTI Advantage Services: Can retrieve user data associated with the context the tool is installed in",
            ROSTER,
        ),
    ],
    told_at: "Developer Keys → Details (the number is the client id); Settings → Apps → View App Configurations → + App → \
              By Client ID → Submit, Install; then the app's menu (⚙) → Deployment Id",
    registration: Some("Admin → Developer Keys → + Developer Key → + LTI Registration (where it is offered)"),
    keys_blocked: None,
    privacy: "Privacy Level: Public",
    registered: "register-next-canvas",
};

pub(super) const BLACKBOARD: Setup = Setup {
    place: "developer.blackboard.com → My Applications → Register (once for all customers): My integration supports LTI 1.3",
    fields: &[
        field("Domain(s)", Value::Domain),
        field("Login Initiation URL", Value::Login),
        field("Tool Redirect URL(s)", Value::Launch),
        field("Tool JWKS URL", Value::Keys),
        field("Signing Algorithm", Value::Text("RS256")),
        field("Custom Parameters", Value::Custom),
    ],
    keys_field: "Tool JWKS URL",
    services: &[
        service("Administrator Panel → LTI Tool Providers → Edit → Allow grade service access: Yes", GRADES),
        service(
            "Administrator Panel → LTI Tool Providers → Edit → Allow Membership Service Access: Yes",
            ROSTER,
        ),
    ],
    told_at: "The application id is the client id. At each customer: Administrator Panel → Integrations → LTI Tool \
              Providers → Register LTI 1.3/Advantage Tool, enter it, Tool Status: Approved, copy the Deployment ID; then \
              Manage Placements → Create Placement, Type: Deep Linking content tool, Target Link \
              URI: the page on which instructors pick",
    registration: Some(
        "developer.blackboard.com → My Applications → Register, by a dynamic registration address",
    ),
    keys_blocked: None,
    privacy: "User Fields to Send: Role in Course, Name, Email Address",
    registered: "register-next-blackboard",
};

pub(super) const BRIGHTSPACE: Setup = Setup {
    place: "Admin Tools → Manage Extensibility → LTI Advantage → Register Tool → Standard",
    fields: &[
        field("Name", Value::Text("Badges")),
        field("Domain", Value::Domain),
        field("Redirect URLs", Value::Launch),
        field("OpenID Connect Login URL", Value::Login),
        field("Target Link URI", Value::Home),
        field("Keyset URL", Value::Keys),
        field("Substitution Parameters", Value::Custom),
    ],
    keys_field: "Keyset URL",
    services: &[
        service(
            "Extensions: Assignment and Grade Services, in the registration and in the deployment",
            GRADES,
        ),
        service(
            "Extensions: Names and Role Provisioning Services, in the registration and in the deployment",
            ROSTER,
        ),
    ],
    told_at: "The page after Register (Client Id); View Deployments → New Deployment (Deployment Id); then View Links → New \
              Link, Type: Deep Linking Quicklink, URL: the page on which instructors pick",
    registration: Some(
        "Admin Tools → Manage Extensibility → LTI Advantage → Register Tool → Dynamic; then enable it",
    ),
    keys_blocked: None,
    privacy: "Deployment → Security Settings: name and email",
    registered: "register-next-brightspace",
};

pub(super) const SAKAI: Setup = Setup {
    place: "Administration Workspace → External Tools → Install LTI 1.3 Tool",
    fields: &[
        field("Launch URL", Value::Home),
        field("LTI 1.3 Tool OpenID Connect/Initialization Endpoint", Value::Login),
        field("LTI 1.3 Tool Redirect Endpoint", Value::Launch),
        field("LTI 1.3 Tool Keyset URL", Value::Keys),
        field("Custom Parameters", Value::Custom),
        field("Allow the tool to be launched as a link", Value::Text("on")),
        field("Allow external tool to configure itself", Value::Text("on")),
    ],
    keys_field: "LTI 1.3 Tool Keyset URL",
    services: &[
        service(
            "Services → Allow External Tool to return grades, Allow External Tool to create grade columns",
            GRADES,
        ),
        service("Services → Provide Roster to External Tool", ROSTER),
    ],
    told_at: "The tool's name in External Tools (LTI 1.3 Client ID, Deployment ID; its number for --tool)",
    registration: Some("Administration Workspace → External Tools → LTI Advantage Auto Provision"),
    keys_blocked: None,
    privacy: "Privacy Settings: Send User Names to External Tool, Send Email Addresses to External Tool",
    registered: "register-next-sakai",
};

pub(super) const SCHOOLOGY: Setup = Setup {
    place: "App Center → My Developer Apps → + Add App, Type of App: LTI 1.3 App, Configuration Type: Manual",
    fields: &[
        field("Domain/URL", Value::Home),
        field("Public key type", Value::Text("Keyset URL")),
        field("JWKS URL", Value::Keys),
        field("OIDC Login Init URL", Value::Login),
        field("Redirect URLs", Value::Launch),
        field("Overwrite Domain/URL for deep linking", Value::Pick),
        field("Custom Parameters", Value::Custom),
    ],
    keys_field: "JWKS URL",
    services: &[
        service("LTI Advantage: Assignment and Grade Services", GRADES),
        service("LTI Advantage: Names and Roles Services", ROSTER),
    ],
    told_at: "App Center → the app → Install LTI 1.3 App (where it is installed has the deployment id); Options → API Info \
              (Client ID)",
    registration: None,
    keys_blocked: None,
    privacy: "Privacy: send name and e-mail address",
    registered: "register-next-schoology",
};

pub(super) const OPEN_EDX: Setup = Setup {
    place: "Studio → Settings → Advanced Settings → Advanced Module List: add \"lti_consumer\"; then Add New Component → \
            Advanced → LTI Consumer → Edit",
    fields: &[
        field("LTI Version", Value::Text("LTI 1.3")),
        field("Tool Launch URL", Value::Home),
        field("Tool Initiate Login URL", Value::Login),
        field("Registered Redirect URIs", Value::Launch),
        field("Tool Public Key Mode", Value::Text("Keyset URL")),
        field("Tool Keyset URL", Value::Keys),
        field("Deep linking", Value::Text("True")),
        field("Deep Linking Launch URL", Value::Pick),
        field("Custom Parameters", Value::Custom),
    ],
    keys_field: "Tool Keyset URL",
    services: &[
        service("LTI Assignment and Grades Service: Programmatic", GRADES),
        service("Enable LTI NRPS: True", ROSTER),
    ],
    told_at: "The component itself, in Studio (Client ID, Deployment ID; the number in its addresses for --tool)",
    registration: None,
    keys_blocked: None,
    privacy: "Request user's username, email and full name: True",
    registered: "register-next-open-edx",
};
