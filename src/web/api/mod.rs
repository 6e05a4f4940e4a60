//! v1 of the API.
use crate::app::App;
use poem::Route;
pub fn routes(route: Route, _app: &App) -> Route {
    route
}
pub fn document() -> String {
    String::new()
}
