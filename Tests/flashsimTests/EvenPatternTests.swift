// Release builds, which users run, have no testable imports; the pattern is made inside.
#if DEBUG
  import FlashCore
  import Testing

  @testable import flashsim

  @Suite("An even pattern")
  struct EvenPatternTests {
    @Test("has exactly the blocks of its density, as many in each row and column but for one")
    func counts() throws {
      for (rows, columns) in [(1, 1), (1, 9), (9, 1), (8, 8), (12, 7), (5, 64)] {
        for density in [0.001, 0.1, 0.25, 1 / 3.0, 0.5, 0.77, 1] {
          guard
            case .blocks(let blocks) = BlockPattern.even(
              density: density, rows: rows, columns: columns)
          else { throw Unexpected() }
          let live = blocks.map { row in row.count { $0 } }
          let expected = max(1, Int((density * Double(rows * columns)).rounded()))
          #expect(blocks.count == rows && blocks.allSatisfy { $0.count == columns })
          #expect(live.reduce(0, +) == expected)
          #expect(live.allSatisfy { abs($0 - expected / rows) <= 1 })
        }
      }
    }

    @Test("leaves no column out where there are rows enough")
    func columns() throws {
      guard case .blocks(let blocks) = BlockPattern.even(density: 0.25, rows: 8, columns: 8)
      else { throw Unexpected() }
      for j in 0..<8 { #expect(blocks.count { $0[j] } == 2) }
    }
  }

  private struct Unexpected: Error {}
#endif
