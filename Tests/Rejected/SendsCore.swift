// Sends a core to a task, which may run on another thread, and when the launch is over.

import HBMSim

func program(_ core: borrowing Core, _ Q: HBMBlock<Queries, Features>) {
  // expected-error@-1 {{'core' cannot be captured by an escaping closure}}
  // expected-note@-2 {{accessible to code in the current task}}
  Task {
    // expected-error@-1 {{risks causing data races}}
    // expected-note@-2 {{closure capturing 'core' here}}
    _ = core.load(Q)
  }
}
