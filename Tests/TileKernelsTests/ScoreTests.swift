import Foundation
import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("A tile of scores")
struct ScoreTests {
  @Test("is capped softly", arguments: Lanes.allCases)
  func softcap(lanes: Lanes) throws {
    var random = SeededGenerator(seed: 2)
    for (rows, columns) in mapShapes {
      let x = random.floats(rows * columns, in: -90...90)
      let memory = Machine().makeMemory()
      let input: HBMBlock<Queries, Keys> = memory.input("X", x, rows: rows, columns: columns)
      let run = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
        var tile = core.loadWidened(input)
        tile.softcap(at: 30)
        core.store(tile, to: result)
      }
      for (value, x) in zip(run.floats, x) {
        #expect(ulpDistance(value, from: 30 * tanh(Double(x) / 30)) <= 3)
      }
      let count = rows * columns
      #expect(run.execution.operations == Operations(exp: count, other: 5 * count))
    }
  }

  @Test("has the derivative of its cap", arguments: Lanes.allCases)
  func softcapDerivative(lanes: Lanes) throws {
    var random = SeededGenerator(seed: 3)
    for (rows, columns) in mapShapes {
      let x = random.floats(rows * columns)
      var capped = random.floats(rows * columns, in: -50...50)
      capped[0] = -.infinity
      let memory = Machine().makeMemory()
      let input: HBMBlock<Queries, Keys> = memory.input("X", x, rows: rows, columns: columns)
      let other: HBMBlock<Queries, Keys> = memory.input("T", capped, rows: rows, columns: columns)
      let run = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
        var tile = core.loadWidened(input)
        let capped = core.load(other)
        tile.scaleBySoftcapDerivative(of: capped, at: 50)
        core.store(tile, to: result)
      }
      let exact = Matrix(rows: rows, columns: columns) { i, j in
        let t = Double(capped[i * columns + j]) / 50
        return t.isInfinite ? 0 : Double(x[i * columns + j]) * (1 - t * t)
      }
      #expect(excess(run.floats, over: exact, bound: gamma(8) * exact.magnitudes) == nil)
      #expect(run.execution.operations == Operations(other: 4 * rows * columns))
    }
  }

  @Test("is biased by distances", arguments: Lanes.allCases)
  func distances(lanes: Lanes) throws {
    var random = SeededGenerator(seed: 4)
    let slope: Float = 0.371
    for (rows, columns) in mapShapes {
      let x = random.floats(rows * columns)
      let memory = Machine().makeMemory()
      let input: HBMBlock<Queries, Keys> = memory.input("X", x, rows: rows, columns: columns)
      let run = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
        var tile = core.loadWidened(input)
        tile.addDistances(slope: slope) { 3 * $0 - 20 }
        core.store(tile, to: result)
      }
      let bias = Matrix(rows: rows, columns: columns) {
        Double(slope) * Double(abs(3 * $0 - 20 - $1))
      }
      let exact = Matrix(rows: rows, columns: columns, x) + -1 * bias
      let bound = gamma(2) * bias + gamma(1) * exact.magnitudes
      #expect(excess(run.floats, over: exact, bound: bound) == nil)
      #expect(run.execution.operations == Operations(other: 3 * rows * columns))
    }
  }

  @Test("has a cap whose reciprocal is normal")
  func cap() async {
    await #expect(processExitsWith: .failure) { try Self.softcap(at: 0) }
    await #expect(processExitsWith: .failure) { try Self.softcap(at: -1) }
    await #expect(processExitsWith: .failure) { try Self.softcap(at: .infinity) }
    await #expect(processExitsWith: .failure) { try Self.softcap(at: 0x1p127) }
    await #expect(processExitsWith: .success) { try Self.softcap(at: 0x1p126) }
  }

  private static func softcap(at cap: Float) throws {
    let memory = Machine().makeMemory()
    let input: HBMBlock<Queries, Keys> = memory.input("X", [1], rows: 1, columns: 1)
    _ = try run(memory, lanes: .queries, rows: 1, columns: 1) { core, result in
      var tile = core.loadWidened(input)
      tile.softcap(at: cap)
      core.store(tile, to: result)
    }
  }
}
