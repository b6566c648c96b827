import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("A tile changed by another")
struct BiasTests {
  /// A tile operation that takes another tile.
  private typealias Change =
    @Sendable (_ tile: inout Tile<Queries, Keys>, _ other: borrowing Tile<Queries, Keys>) -> Void

  /// Checks `change` for shapes of every kind, and that it counts an operation an element.
  private func check(
    _ lanes: Lanes, seed: UInt64, _ change: @escaping Change,
    is definition: (_ x: Float, _ y: Float) -> Float
  ) throws {
    var random = SeededGenerator(seed: seed)
    for (rows, columns) in mapShapes {
      let x = random.floats(rows * columns)
      let y = random.floats(rows * columns).map { abs($0) < 0.5 ? 0 : $0 }
      let memory = Machine().makeMemory()
      let X: HBMBlock<Queries, Keys> = memory.input("X", x, rows: rows, columns: columns)
      let Y: HBMBlock<Queries, Keys> = memory.input("Y", y, rows: rows, columns: columns)
      let run = try run(memory, lanes: lanes, rows: rows, columns: columns) { core, result in
        var tile = core.loadWidened(X)
        let other = core.load(Y)
        change(&tile, other)
        core.store(tile, to: result)
      }
      #expect(run.floats == zip(x, y).map(definition), "\(rows) × \(columns)")
      #expect(run.execution.operations == Operations(other: rows * columns))
      #expect(run.execution.peakSRAM == 2 * 4 * rows * columns)
    }
  }

  @Test("has the other's elements added or subtracted with one rounding", arguments: Lanes.allCases)
  func sum(lanes: Lanes) throws {
    try check(lanes, seed: 7, { $0.addElements(of: $1) }, is: { $0 + $1 })
    try check(lanes, seed: 8, { $0.subtractElements(of: $1) }, is: { $0 - $1 })
  }

  @Test("keeps elements where the other's are not 0", arguments: Lanes.allCases)
  func mask(lanes: Lanes) throws {
    try check(lanes, seed: 8, { $0.keepElements(where: $1) }, is: { $1 == 0 ? -.infinity : $0 })
  }

  @Test("scales elements where the other's are not 0", arguments: Lanes.allCases)
  func scale(lanes: Lanes) throws {
    try check(
      lanes, seed: 9, { $0.scaleElements(by: 1.25, where: $1) }, is: { $1 == 0 ? 0 : $0 * 1.25 })
  }

  @Test("has the other's shape")
  func shapes() async {
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.change(3, 5) { $0.addElements(of: $1) }
    }
    let columns = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.change(2, 4) { $0.addElements(of: $1) }
    }
    let maskRows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.change(3, 5) { $0.keepElements(where: $1) }
    }
    let maskColumns = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try Self.change(2, 4) { $0.keepElements(where: $1) }
    }
    let scaled = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.change(2, 4) { $0.scaleElements(by: 2, where: $1) }
    }
    for result in [rows, columns, maskRows, maskColumns, scaled] {
      #expect(says(result?.standardErrorContent, "Shape mismatch"))
    }
  }

  /// Changes a tile of 2 × 5 by one of another shape, where there are sizes alone.
  private static func change(_ rows: Int, _ columns: Int, _ change: @escaping Change) throws {
    _ = try Bench(Setting.all[0], mode: .count).run { core in
      var tile: Tile<Queries, Keys> = core.zeros(2, 5)
      change(&tile, core.zeros(rows, columns))
    }
  }
}
