// Algorithm 2, line 1, and Algorithm 4, line 1: the state of the random numbers goes to HBM in the
// forward pass and comes back in the backward pass. It is the seed, two words of 32 bits.

internal import HBMSim

/// The axis of the words of a random state.
enum StateWords: Axis {}

extension AttentionProblem {
  /// Writes the seed of dropout to HBM; nothing without dropout.
  func saveRandomState(
    on machine: Machine
  ) throws(LaunchError) -> (state: HBMTensor<StateWords, One>?, execution: Execution) {
    guard let dropout = request.options.dropout else { return (nil, Execution()) }
    let R: HBMTensor<StateWords, One> = memory.allocate("R", vectors: 1, count: 2)
    let launch = Launch(grid: 1, footprint: 0, lanes: StateWords.self)
    let execution = try machine.launch(launch, memory: memory) { core, _ in
      core.begin(.initialize)
      let words = R[0].blocks(rows: 1)
      core.fill(words[0], with: Float(bitPattern: UInt32(truncatingIfNeeded: dropout.seed)))
      core.fill(words[1], with: Float(bitPattern: UInt32(truncatingIfNeeded: dropout.seed >> 32)))
    }
    return (R, execution)
  }

  /// Reads the seed of dropout from HBM.
  func loadRandomState(_ R: HBMTensor<StateWords, One>?) throws(LaunchError) -> Execution {
    guard let R else { return Execution() }
    let launch = Launch(grid: 1, footprint: 8, lanes: StateWords.self)
    return try machine.launch(launch, memory: memory) { core, _ in
      core.begin(.initialize)
      _ = core.load(R[0].blocks(rows: 2)[0])
    }
  }
}

extension AttentionRequest {
  /// What saving and loading the seed of dropout moves.
  func addRandomState(to ledger: inout Ledger) {
    if options.dropout == nil { return }
    ledger.add(
      Traffic(reads: pass.hasBackward ? 2 : 0, writes: pass.countsForward ? 2 : 0, of: .f32),
      phase: .initialize, tensor: "R")
  }
}
