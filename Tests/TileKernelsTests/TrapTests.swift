import HBMSim
import TestSupport
import Testing
import TileKernels

@Suite("Tiles of other shapes trap")
struct TrapTests {
  @Test("in a product")
  func product() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        let a: Tile<Queries, Features> = core.zeros(2, 3)
        let b: Tile<Keys, Features> = core.zeros(2, 4)
        _ = TileKernels.product(a, transposed: b)
      }
    }
    #expect(says(result?.standardErrorContent, "Shape mismatch"))
  }

  @Test("in a product that is added, by depth, rows and columns")
  func addProduct() async {
    let depth = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        var c: Tile<Queries, ValueFeatures> = core.zeros(2, 5)
        c.addProduct(core.zeros(2, 3) as Tile<Queries, Keys>, core.zeros(4, 5))
      }
    }
    let rows = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        var c: Tile<Queries, ValueFeatures> = core.zeros(1, 5)
        c.addProduct(core.zeros(2, 3) as Tile<Queries, Keys>, core.zeros(3, 5))
      }
    }
    let columns = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        var c: Tile<Queries, ValueFeatures> = core.zeros(2, 6)
        c.addProduct(core.zeros(2, 3) as Tile<Queries, Keys>, core.zeros(3, 5))
      }
    }
    for result in [depth, rows, columns] {
      #expect(says(result?.standardErrorContent, "Shape mismatch"))
    }
  }

  @Test("in scaling, dividing and exp")
  func rows() async {
    let scale = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        var a: Tile<Queries, Keys> = core.zeros(2, 3)
        a.scaleRows(by: core.vector(3, repeating: 1))
      }
    }
    let divide = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        var a: Tile<Queries, Keys> = core.zeros(2, 3)
        a.divideRows(by: core.vector(3, repeating: 1))
      }
    }
    let exponential = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try run { core in
        _ = exp(core.zeros(2, 3) as Tile<Queries, Keys>, minus: core.vector(3, repeating: 1))
      }
    }
    for result in [scale, divide, exponential] {
      #expect(says(result?.standardErrorContent, "Shape mismatch"))
    }
  }

  @Test("in operations on vectors")
  func vectors() async {
    let binary = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try run { core in
        let a: TileVector<Queries> = core.vector(2, repeating: 1)
        _ = a + core.vector(3, repeating: 1)
      }
    }
    let exponential = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try run { core in
        let a: TileVector<Queries> = core.vector(2, repeating: 1)
        _ = exp(a, minus: core.vector(3, repeating: 1))
      }
    }
    for result in [binary, exponential] {
      #expect(says(result?.standardErrorContent, "Shape mismatch"))
    }
  }
}

/// Runs a program where there are sizes alone: shapes are checked all the same.
private func run(_ program: @Sendable (borrowing Core) -> Void) throws {
  _ = try Bench(Setting.all[0], mode: .count).run(program)
}
