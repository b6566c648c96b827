@_spi(TileStorage) import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("A ruling of columns")
struct RulingTests {
  /// A range for a row: before, around, within and behind the tile's columns, or empty.
  private static func range(_ row: Int, _ columns: Int) -> Range<Int> {
    switch row % 6 {
    case 0: -9..<(-2)
    case 1: -3..<columns + 4
    case 2: columns / 3..<columns * 2 / 3
    case 3: columns + 1..<columns + 20
    case 4: columns / 2..<columns / 2
    default: -5..<row % (columns + 1)
    }
  }

  @Test("keeps or drops a range a row", arguments: Lanes.allCases, [true, false])
  func values(lanes: Lanes, keeps: Bool) throws {
    for (rows, columns) in mapShapes {
      let x = (0..<rows * columns).map(Float.init)
      let memory = Machine().makeMemory()
      let input: HBMBlock<Queries, Keys> = memory.input("X", x, rows: rows, columns: columns)
      let run = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
        var tile = core.loadWidened(input)
        if keeps {
          tile.keepColumns { Self.range($0, columns) }
        } else {
          tile.dropColumns { Self.range($0, columns) }
        }
        core.store(tile, to: result)
      }
      let expected = x.indices.map { i in
        Self.range(i / columns, columns).contains(i % columns) == keeps ? x[i] : -.infinity
      }
      #expect(run.floats == expected, "\(rows) × \(columns)")
      #expect(run.execution.operations == Operations(other: rows * columns))
    }
  }

  @Test("leaves the padding finite", arguments: Lanes.allCases)
  func padding(lanes: Lanes) throws {
    let memory = Machine().makeMemory()
    let input: HBMBlock<Queries, Keys> = memory.input(
      "X", Array(repeating: 1, count: 15), rows: 5, columns: 3)
    _ = try run(memory, lanes: lanes, rows: 5, columns: 3) { core, result in
      var tile = core.loadWidened(input)
      tile.keepColumns { _ in 0..<3 }
      tile.dropColumns { _ in 0..<0 }
      for i in 0..<tile.lines * tile.stride { #expect(tile.base![i].isFinite) }
      core.store(tile, to: result)
    }
  }
}
