import FlashCore
import HBMSim
import TestSupport
import Testing

/// A mask, what it is called, and who sees whom by its definition, said once more in other words.
struct MaskCase: CustomStringConvertible, Sendable {
  let description: String
  let mask: Mask
  let sees: @Sendable (_ batch: Int, _ query: Int, _ key: Int) -> Bool

  init(
    _ description: String, _ mask: Mask,
    sees: @escaping @Sendable (_ batch: Int, _ query: Int, _ key: Int) -> Bool
  ) {
    self.description = description
    self.mask = mask
    self.sees = sees
  }

  /// Masks for a batch of 2, with their own definitions.
  static func all(queries: Int, keys: Int) -> [MaskCase] {
    let shift = keys - queries
    var cases = [
      MaskCase("causal", .causal()) { _, i, j in j <= i },
      MaskCase("causal bottom-right", .causal(.bottomRight)) { _, i, j in j - keys <= i - queries },
    ]
    var window = Mask()
    window.window = Mask.Window(left: 5, right: 2)
    cases.append(
      MaskCase("window 5,2", window) { _, i, j in
        (-5...2).contains(j - (i + shift))
      })
    window.window = Mask.Window(left: nil, right: 3)
    cases.append(MaskCase("window …,3", window) { _, i, j in j <= i + shift + 3 })
    window.window = Mask.Window(left: 9, right: nil)
    window.causal = .topLeft
    window.sinks = 3
    cases.append(
      MaskCase("causal, window 9,…, 3 sinks", window) { _, i, j in
        j <= i && (j < 3 || j >= i - 9)
      })
    var padding = Mask()
    padding.keyLengths = [keys, keys / 3]
    cases.append(MaskCase("padding", padding) { b, _, j in j < [keys, keys / 3][b] })
    padding.keyLengths = [0, keys - 1]
    padding.causal = .topLeft
    padding.window = Mask.Window(left: 20, right: 20)
    cases.append(
      MaskCase("padding, causal and window", padding) { b, i, j in
        j < [0, keys - 1][b] && j <= i && j >= i - 20
      })
    var packed = Mask()
    let q = [0, queries / 4, queries / 4, queries]
    let k = [0, keys / 2, keys / 2 + 1, keys]
    packed.packing = Mask.Packing(queries: q, keys: k)
    func sequence(_ offsets: [Int], _ i: Int) -> Int { (0..<3).first { i < offsets[$0 + 1] }! }
    cases.append(
      MaskCase("packed", packed) { _, i, j in
        (0..<3).contains { q[$0] <= i && i < q[$0 + 1] && k[$0] <= j && j < k[$0 + 1] }
      })
    packed.causal = .bottomRight
    cases.append(
      MaskCase("packed and causal bottom-right", packed) { _, i, j in
        (0..<3).contains {
          q[$0] <= i && i < q[$0 + 1] && k[$0] <= j && j < k[$0 + 1]
            && j - k[$0 + 1] <= i - q[$0 + 1]
        }
      })
    return cases
  }
}

@Suite("A mask")
struct MaskTests {
  static let sizes = [(30, 30), (40, 25), (25, 40)]

  @Test("rules out what its definition does, in both passes", arguments: Algorithm.allCases)
  func values(algorithm: Algorithm) throws {
    for (queries, keys) in Self.sizes {
      let shape = try AttentionShape(
        batch: 2, heads: 2, kvHeads: 1, queries: queries, keys: keys, headDim: 6, valueDim: 5)
      let problem = try Problem(shape, seed: UInt64(queries))
      for mask in MaskCase.all(queries: queries, keys: keys) {
        for tiling in [Tiling.blocks(16, 8), .blocks(7, 11), .blocks(40, 40)] {
          let result = try problem.run(
            algorithm, pass: .both, mask: mask.mask, tiling: tiling, on: machine())
          #expect(
            problem.mistakes(in: result, sees: mask.sees) == [],
            "\(algorithm) \(mask) \(tiling) \(queries)×\(keys)")
        }
      }
    }
  }

  @Test(
    "is right where blocks are not square, as teaching implementations are not",
    arguments: [(128, 64), (96, 64), (50, 30), (64, 128)])
  func unequalBlocks(Br: Int, Bc: Int) throws {
    let problem = try Problem(try AttentionShape(queries: 200, headDim: 8), seed: 1)
    for algorithm in Algorithm.allCases {
      let result = try problem.run(
        algorithm, pass: .both, mask: .causal(), tiling: .blocks(Br, Bc), on: machine())
      #expect(problem.mistakes(in: result) { _, i, j in j <= i } == [], "\(algorithm)")
    }
  }

  @Test("that leaves a query no key gives 0, −∞ and no gradient", arguments: Algorithm.allCases)
  func wholeRows(algorithm: Algorithm) throws {
    let problem = try Problem(try AttentionShape(queries: 12, keys: 5, headDim: 4), seed: 2)
    let result = try problem.run(
      algorithm, pass: .both, mask: .causal(.bottomRight), tiling: .blocks(4, 2), on: machine())
    // Queries 0 to 6 stand before the first key.
    #expect(result.output.values.prefix(7 * 4).allSatisfy { $0 == 0 })
    #expect(result.logSumExp.values.prefix(7).allSatisfy { $0 == -.infinity })
    #expect(result.gradients!.query.values.prefix(7 * 4).allSatisfy { $0 == 0 })
    for tensor in [result.output, result.gradients!.query, result.gradients!.key] {
      #expect(tensor.values.allSatisfy { $0.isFinite })
    }
  }

  @Test("moves nothing for blocks that it rules out, and nothing of its own")
  func traffic() throws {
    let seed: UInt64 = 5
    var generator = SeededGenerator(seed: seed)
    for number in 0..<40 {
      let queries = Int.random(in: 4...60, using: &generator)
      let keys = Int.random(in: 4...60, using: &generator)
      let (Br, Bc) = (
        Int.random(in: 1...30, using: &generator), Int.random(in: 1...30, using: &generator)
      )
      let shape = try AttentionShape(batch: 2, heads: 3, queries: queries, keys: keys, headDim: 4)
      for mask in MaskCase.all(queries: queries, keys: keys) {
        let comment: Comment =
          "seed \(seed), number \(number): \(mask) \(queries)×\(keys) in blocks of \(Br)×\(Bc)"
        // Rows and columns, once for every block of which anything is seen.
        var rows = 0
        var columns = 0
        for batch in 0..<2 {
          for i in stride(from: 0, to: queries, by: Br) {
            for j in stride(from: 0, to: keys, by: Bc) {
              let (Bi, Bj) = (min(Br, queries - i), min(Bc, keys - j))
              let isSeen = (i..<i + Bi).contains { q in
                (j..<j + Bj).contains { k in mask.sees(batch, q, k) }
              }
              if isSeen {
                rows += 3 * Bi
                columns += 3 * Bj
              }
            }
          }
        }
        for (algorithm, tensor, expected) in [
          (Algorithm.flash1, "Q", rows * 4), (.flash2, "K", columns * 4),
        ] {
          let plan = try AttentionPlan(
            algorithm, shape: shape, options: AttentionOptions(mask: mask.mask),
            tiling: .blocks(Br, Bc), on: machine(mode: .count))
          let run = try plan.count()
          #expect(run.ledger.traffic(of: tensor).readElements == expected, comment)
          #expect(run.ledger == plan.closedForm, comment)
          #expect(Set(run.ledger.tensors).isSubset(of: ["Q", "K", "V", "O", "l", "m", "LSE"]))
        }
      }
    }
  }

  @Test("counted, executed and in closed form is the same", arguments: Algorithm.allCases)
  func closedForm(algorithm: Algorithm) throws {
    let shape = try AttentionShape(
      batch: 2, heads: 4, kvHeads: 2, queries: 37, keys: 45, headDim: 6, valueDim: 3)
    let problem = try Problem(shape, seed: 1)
    for mask in MaskCase.all(queries: 37, keys: 45) {
      for pass in Pass.allCases {
        let comment: Comment = "\(algorithm) \(pass) \(mask)"
        let options = AttentionOptions(mask: mask.mask)
        let plan = try AttentionPlan(
          algorithm, pass: pass, shape: shape, options: options, tiling: .blocks(10, 8),
          on: machine(mode: .count))
        let counted = try plan.count()
        let executed = try problem.run(
          algorithm, pass: pass, mask: mask.mask, tiling: .blocks(10, 8), on: machine()
        ).execution
        #expect(counted == executed, comment)
        #expect(counted.ledger == plan.closedForm, comment)
        #expect(counted.peakSRAM <= plan.footprint, comment)
      }
    }
  }

  @Test("that does not go with the shape is refused with the numbers")
  func errors() throws {
    let shape = try AttentionShape(batch: 2, queries: 8, keys: 10, headDim: 4)
    func refusal(_ change: (inout Mask) -> Void) -> String? {
      var mask = Mask()
      change(&mask)
      let error = #expect(throws: AttentionError.self) {
        try AttentionPlan(
          .flash2, shape: shape, options: AttentionOptions(mask: mask), on: machine())
      }
      return error.map { "\($0)" }
    }
    #expect(
      refusal { $0.keyLengths = [3] } == "1 key lengths do not go with a batch of 2.")
    #expect(
      refusal { $0.keyLengths = [3, 11] } == "A key length of 11 does not go with 10 keys.")
    #expect(
      refusal { $0.window = .init(left: -1, right: 2) }
        == "A window of -1 keys on a side is negative.")
    #expect(refusal { $0.sinks = -2 } == "A number of -2 sinks is negative.")
    #expect(
      refusal { $0.packing = .init(queries: [0, 8], keys: [0, 4, 10]) }
        == "1 sequences of queries do not go with 2 of keys.")
    #expect(
      refusal { $0.packing = .init(queries: [0, 7], keys: [0, 10]) }
        == "Packed queries [0, 7] do not begin at 0 and end at 8.")
    #expect(
      refusal { $0.packing = .init(queries: [0, 5, 3, 8], keys: [0, 1, 2, 10]) }
        == "Packed queries [0, 5, 3, 8] go back from 5 to 3.")
  }
}
