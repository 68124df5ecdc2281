//! What cannot pass is said at once; what can is waited for.

use adapters::postgres::connect::{Error, try_out};
use tests::harness::Database;

#[tokio::test]
async fn a_database_that_does_not_exist_is_not_waited_for_and_a_server_that_is_down_is() {
    let options = Database::create().await.options();
    let error = try_out(&options.clone().database("berth_nowhere")).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)) && !error.may_pass(), "{error:?}");
    let error = try_out(&options.socket("/nonexistent")).await.unwrap_err();
    assert!(matches!(error, Error::Connect(_)) && error.may_pass(), "{error:?}");
}
