import Testing

/// Tests that compute attention, one at a time.
///
/// Calls wait for one another on a lock. Tests that wait in parallel hold the threads on which
/// Dispatch could run workers, and a test of several threads would then be one of a single thread.
@Suite(.serialized)
enum OneAtATime {}
