import FlashCore
import HBMSim
import TestSupport
import Testing

@Suite("No count lies below a lower bound")
struct BoundsHoldTests {
  @Test("of any algorithm, over 10,000 random problems")
  func algorithms() throws {
    let seed: UInt64 = 240_207_443
    var generator = SeededGenerator(seed: seed)
    var number = 0
    var planned = 0
    /// By algorithm and argument.
    var closest: [[String]: (factor: Double, what: String)] = [:]
    while planned < 10_000 {
      number += 1
      let random = try BoundsProblem(using: &generator, limit: 600)
      guard let plan = try? random.plan else { continue }
      planned += 1
      let counted = plan.closedForm.total
      for bound in plan.lowerBounds {
        let least = bound.traffic
        let holds =
          counted.readElements >= least.readElements
          && counted.writtenElements >= least.writtenElements
          && counted.readBytes >= least.readBytes && counted.writtenBytes >= least.writtenBytes
        #expect(holds, "seed \(seed), number \(number): \(random): \(counted), but \(bound)")
      }
      let bound = plan.greatestLowerBound
      let key = ["\(plan.algorithm)", bound.name]
      let factor = Double(counted.elements) / Double(bound.elements)
      if factor < closest[key]?.factor ?? .infinity {
        closest[key] = (factor, "number \(number), \(random)")
      }
    }
    print("Lower bounds, seed \(seed), \(planned) problems:")
    for (key, (factor, what)) in closest.sorted(by: { $0.key.description < $1.key.description }) {
      print("  \(key[0]) comes as close as \(factor) to \(key[1]): \(what)")
    }
  }

  @Test("of any program, counted instead of in closed form", arguments: Algorithm.allCases)
  func counted(algorithm: Algorithm) throws {
    let shape = try AttentionShape(heads: 4, kvHeads: 2, queries: 300, keys: 200, headDim: 16)
    for pass in Pass.allCases {
      let plan = try AttentionPlan(
        algorithm, pass: pass, shape: shape, options: AttentionOptions(mask: .causal()),
        on: machine(.kibibytes(24), mode: .count))
      let traffic = try plan.count().traffic
      for bound in plan.lowerBounds {
        #expect(traffic.elements >= bound.elements && traffic.bytes >= bound.bytes)
      }
    }
  }

  /// Programs that form scores and nothing else, with SRAM filled to the last element, come far
  /// closer than attention does.
  @Test("of the best ways to form scores, which come close")
  func schedules() throws {
    let seed: UInt64 = 170_202_017
    var generator = SeededGenerator(seed: seed)
    var closest: [LowerBound.Argument: Double] = [:]
    for number in 0..<3000 {
      let isCausal = Bool.random(using: &generator)
      let N = Int.random(in: 1...300, using: &generator)
      let d = Int.random(in: 1...48, using: &generator)
      let shape = try AttentionShape(queries: N, headDim: d)
      let M = Int.random(in: 4...(4 * d * d + 4), using: &generator)
      var visible = VisibleScores(allOf: shape)
      if isCausal { visible.pairs = N * (N + 1) / 2 }
      let rows = Schedule.rowsHeld(N, d, M, isCausal: isCausal)
      let tiles = Schedule.tilesHeld(N, d, M, isCausal: isCausal)
      let reads = [rows, tiles].compactMap { $0 }.reduce(Int.max, min)
      let bounds = LowerBound.all(of: shape, visible: visible, sram: .elements(M))
      // These programs do not read V.
      for bound in bounds where bound.argument != .compulsory {
        let least = bound.traffic.readElements
        #expect(least <= reads, "seed \(seed), number \(number): N \(N), d \(d), M \(M)")
        if least > 0 {
          closest[bound.argument] = min(
            closest[bound.argument] ?? .infinity, Double(reads) / Double(least))
        }
      }
    }
    print("Scores alone, seed \(seed), come as close as \(closest)")
    #expect(closest[.scalarProducts]! < 2 && closest[.multiplications]! < 2)
  }
}

/// Elements that are read to form scores of N queries and keys of d elements, with M in SRAM.
private enum Schedule {
  /// As many rows of Q as fit, with a row of K or a column of sums.
  static func rowsHeld(_ N: Int, _ d: Int, _ M: Int, isCausal: Bool) -> Int? {
    guard let rows = (1...N).last(where: { $0 * d + min(d, $0) + 1 <= M }) else { return nil }
    return stride(from: 0, to: N, by: rows).reduce(0) { reads, first in
      let end = min(first + rows, N)
      return reads + (end - first) * d + (isCausal ? end : N) * d
    }
  }

  /// As large a square of sums as fits, with a column of it and an element.
  static func tilesHeld(_ N: Int, _ d: Int, _ M: Int, isCausal: Bool) -> Int? {
    guard let side = (1...N).last(where: { $0 * $0 + $0 + 1 <= M }) else { return nil }
    var reads = 0
    for firstQuery in stride(from: 0, to: N, by: side) {
      let endQuery = min(firstQuery + side, N)
      for firstKey in stride(from: 0, to: isCausal ? endQuery : N, by: side) {
        reads += (endQuery - firstQuery + min(firstKey + side, N) - firstKey) * d
      }
    }
    return reads
  }
}
