//! What is true of every cluster: one list of stories, each told by both engines.

mod applied;
mod connectivity;
pub(crate) mod contract;
pub(crate) mod drain;
mod drift;
mod followed;
pub(crate) mod identity;
mod impact;
mod moves;
mod refused;
mod secrets;
mod truth;
mod unreachable;
mod workloads;

/// One test a story and engine. By their names, those of one story stand side by side: tests are
/// taken up in the order of their names, each engine tells one story at a time, and so both are at
/// work, where otherwise one would wait until the other had told all of its own.
macro_rules! stories {
    ($($file:ident: $($story:ident)*;)*) => {
        $($(
            mod $story {
                #[tokio::test(flavor = "multi_thread")]
                async fn kubernetes() {
                    let Some(lab) = crate::kubernetes::Lab::enter().await else { return };
                    super::$file::$story(&lab).await;
                }
                #[tokio::test(flavor = "multi_thread")]
                async fn swarm() {
                    let Some(lab) = crate::lab::Lab::enter().await else { return };
                    super::$file::$story(&lab).await;
                }
            }
        )*)*
    };
}

stories! {
    applied:
        nodes_are_registered_as_the_engine_shows_them
        labels_and_availability_are_applied_and_reported
        a_label_that_was_never_there_is_removed_without_a_word_to_the_engine
        a_node_that_left_is_lost_and_nothing_else;
    connectivity:
        what_can_be_worked_with_passes_every_step
        the_way_to_a_connection_is_told_apart
        each_side_is_told_what_is_wrong_with_its_certificate
        what_routes_by_name_needs_the_name
        an_engine_that_is_too_old_is_told_by_its_version
        a_clock_that_is_off_by_an_hour_is_told
        a_test_is_carried_out_by_whoever_hears_of_it_and_ends_once
        a_test_that_nobody_heard_of_is_found_by_the_sweep;
    contract:
        a_failure_says_what_is_wrong
        a_change_from_an_old_revision_is_not_written
        one_node_reads_as_in_the_list
        only_a_whole_id_names_a_node
        each_availability_is_written_and_read
        who_follows_hears_at_once_and_at_each_change;
    drain:
        a_drained_node_is_empty_and_others_run_what_it_ran
        what_came_while_a_drained_node_was_open_leaves_too
        setting_the_availability_to_drain_is_the_same_job
        what_does_not_leave_is_named_once_the_deadline_has_passed
        a_drain_goes_on_in_another_worker_until_all_has_left
        a_cancelled_drain_goes_back_to_what_was_before
        a_drain_fails_at_its_deadline_also_where_nobody_answers;
    drift:
        a_label_removed_behind_our_back_is_repaired_each_time
        a_label_set_to_something_else_is_set_back
        foreign_labels_are_shown_and_never_removed
        labels_of_the_engine_are_shown_apart_and_cannot_be_changed
        an_availability_is_berths_only_once_it_was_asked_for_it
        a_safer_availability_stays_and_a_bolder_one_is_undone
        a_disabled_provider_is_left_alone;
    followed:
        a_node_that_is_lost_shows_and_comes_back
        drift_is_repaired_before_the_next_sweep;
    identity:
        a_real_cluster_is_known_from_the_first_contact_on
        the_same_cluster_of_two_providers_is_driven_by_one
        of_two_that_meet_it_at_once_one_is_second
        a_provider_whose_cluster_is_anothers_is_not_enabled
        the_same_cluster_twice_is_told_before_it_is_saved;
    impact:
        the_impact_of_a_drain_is_told_and_nothing_is_changed
        the_impact_of_a_label_is_told_and_then_it_is_so
        a_paused_node_keeps_what_runs;
    moves:
        a_worker_that_slept_before_its_create_makes_nothing_where_the_workload_has_left
        an_old_copy_goes_when_what_came_after_it_runs_and_comes_back_with_the_workload
        a_worker_that_dies_at_any_call_changes_no_outcome;
    truth:
        a_preview_names_exactly_the_nodes_on_which_the_scheduler_places;
    refused:
        a_refusal_is_reported_once_in_the_engines_words_and_taken_back;
    secrets:
        a_secret_is_on_every_cluster_also_on_one_that_is_added_later
        a_workload_reads_its_secrets_and_what_they_are_rotated_to
        what_was_taken_away_is_put_back_and_that_is_said_once
        what_has_the_name_of_a_secret_is_left_alone
        a_secret_is_removed_everywhere_and_not_while_it_is_used
        what_somebody_else_made_is_listed_and_adopted_and_stays
        a_worker_that_slept_before_its_create_leaves_nothing_behind
        a_rotation_is_one_action_and_another_worker_goes_on_with_it;
    unreachable:
        a_cluster_out_of_reach_is_no_news
        a_cluster_that_hangs_delays_no_other;
    workloads:
        a_workload_runs_is_scaled_stopped_started_updated_and_removed
        drift_of_a_workload_is_repaired_and_said_once
        what_no_node_can_take_is_degraded_in_the_words_of_the_engine
        what_another_berth_made_is_never_touched
        workloads_of_a_disabled_provider_run_on_and_are_left_alone
        a_worker_follows_hints_and_another_goes_on_where_it_died;
}
