import Foundation
@_spi(Host) import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("Programs that take turns")
struct TurnTests {
  private static let chain = 4
  private static let chains = 3
  private static let steps = 5

  /// Whether a program does anything at a step: not all do, and one does nothing at all.
  private static func takesPart(_ program: Int, _ step: Int) -> Bool {
    switch program % chain {
    case 1: false
    case 2: step % 2 == 0
    default: true
    }
  }

  /// x ← 2x + (program + 1) at every step, of one x a chain and step.
  @Test("do so in the order of their chain, whatever runs at a time", arguments: [1, 2, 5, 12])
  func order(threads: Int) throws {
    let (chain, chains, steps) = (Self.chain, Self.chains, Self.steps)
    let machine = Machine(threads: threads)
    let memory = machine.makeMemory()
    let X: HBMTensor<Queries, One> = memory.allocate("x", vectors: chains, count: steps)
    try machine.run(memory, footprint: 0) { core in
      for c in 0..<chains { core.fill(X[c].blocks(rows: steps)[0], with: 1) }
    }
    let launch = Launch(
      grid: chain * chains, footprint: 1 << 10, lanes: Queries.self, chain: chain)
    _ = try machine.launch(launch, memory: memory) { core, program in
      let x = X[program / chain].blocks(rows: 1)
      // Those that come first are the slowest.
      let delay = Double(chain - program % chain) / 2000
      for step in 0..<steps where Self.takesPart(program, step) {
        Thread.sleep(forTimeInterval: delay)
        core.awaitTurn(step)
        let value = core.load(x[step])
        core.store(value + value + core.vector(1, repeating: Float(program + 1)), to: x[step])
        core.passTurn(step)
      }
    }
    var expected: [Float] = []
    for c in 0..<chains {
      for step in 0..<steps {
        var x: Float = 1
        for program in c * chain..<(c + 1) * chain where Self.takesPart(program, step) {
          x = 2 * x + Float(program + 1)
        }
        expected.append(x)
      }
    }
    #expect(memory.floats(of: X) == expected)
  }

  @Test("are programs of a launch with a chain")
  func chainless() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let machine = Machine()
      try machine.run(machine.makeMemory(), footprint: 0) { core in core.awaitTurn(0) }
    }
    #expect(says(result?.standardErrorContent, "Turns in a launch without a chain"))
  }
}
