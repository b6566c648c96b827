// Names as in the paper: N, d, Tc.

internal import FlashCore
internal import Foundation
internal import HBMSim

extension Claim {
  /// Theorem 1: what is computed, with how many operations, in how much memory.
  static let exactness: [Claim] = [
    Claim(
      id: "C1", section: "§3.1, Theorem 1",
      statement: "Algorithm 1 returns softmax(QKᵀ)V, and holds that of the first blocks of keys "
        + "after every turn of its outer loop.",
      recorded: .confirmed,
      explanation: "Executed; every element is as near to float64 as the roundings of Float allow, "
        + "and so it is for each first part of the keys.",
      command: "flashsim run --algorithm flash1 --heads 2 --tokens 1024 --sram 100KB", work: 20
    ) { laboratory in
      try outputs(laboratory) + induction(laboratory)
    },
    Claim(
      id: "C2", section: "§3.1, Theorem 1",
      statement: "Algorithm 1 takes O(N²d) operations.",
      recorded: .confirmed,
      explanation: "Products of matrices take 4N²d; all else is a part of that which does not grow "
        + "with N.",
      command:
        "flashsim run --algorithm flash1 --tokens 1024,4096,16384 --mode count --format json",
      work: 4
    ) { laboratory in
      let d = 64
      let counts = try [1024, 4096, 16384].map { N in
        let plan = try laboratory.counting(
          .flash1, AttentionShape(queries: N, headDim: d), .fit, sram: .bytes(100_000))
        return (N: N, operations: try plan.count().operations)
      }
      let others = counts.map { N, operations in
        Double(operations.exp + operations.other) / Double(4 * N * N * d)
      }
      let law = PowerLaw(
        factors: [counts.map { Double($0.N) }],
        values: counts.map {
          Double($0.operations.matmul + $0.operations.exp + $0.operations.other)
        })
      return counts.map { N, operations in
        .equal(
          "operations of matrix products counted, N = \(N), d = \(d)", operations.matmul,
          4 * N * N * d, "operations", as: "4N²d")
      } + [
        .atMost(
          "all other operations over 4N²d, at most", others.reduce(0, max), 0.25, decimals: 3),
        .within(
          "exponent of N in all operations", law.exponents[0] ?? .nan, 1.99...2.01, decimals: 3),
      ]
    },
    Claim(
      id: "C3", section: "§3.1, Theorem 1",
      statement: "Algorithm 1 takes O(N) memory beside inputs and output.",
      recorded: .confirmed,
      explanation: "ℓ and m, two numbers a query, where standard attention keeps S and P. The "
        + "authors' program took an N×d matrix in f32 besides, which is O(Nd): see C14.",
      command: "flashsim run --algorithm flash1,standard --tokens 1024 --format json"
    ) { laboratory in
      try [(Algorithm.flash1, "2N"), (.flash2, "N"), (.standard, "2N²")].flatMap {
        algorithm, name in
        try [1024, 16384].map { N in
          let plan = try laboratory.counting(
            algorithm, AttentionShape(queries: N, headDim: 64), .fit, sram: .bytes(100_000))
          let elements = try plan.intermediateElements()
          let expected =
            switch algorithm {
            case .flash1: 2 * N
            case .flash2: N
            default: 2 * N * N
            }
          return .equal(
            "elements that \(algorithm) allocates in HBM beside Q, K, V and O, N = \(N)", elements,
            expected, as: name)
        }
      }
    },
  ]

  /// All algorithms on two heads of GPT-2 medium, and on awkward sizes.
  private static func outputs(_ laboratory: Laboratory) throws -> [Evidence] {
    let problems = [
      (
        problem: try ExactProblem(AttentionShape(heads: 2, queries: 1024, headDim: 64), seed: 1),
        sram: Capacity.bytes(100_000)
      ),
      (
        try ExactProblem(
          AttentionShape(heads: 2, queries: 203, keys: 333, headDim: 40, valueDim: 24), seed: 2),
        .kibibytes(24)
      ),
    ]
    return try Algorithm.allCases.flatMap { algorithm in
      try problems.map { problem, sram in
        let (plan, result) = try problem.run(
          algorithm, splits: algorithm == .splitKV ? 3 : nil,
          // Its kernels hold a matrix of a head whole.
          on: laboratory.machine(sram: algorithm == .standardEager ? .unlimited : sram))
        let (isWithin, bound) = problem.check(result, plan)
        let shape = problem.shape
        return .truth(
          "O and log Σ exp of \(algorithm), executed on \(shape.heads) heads of "
            + "\(shape.queries)×\(shape.keys), d = \(shape.headDim): each within what roundings "
            + "allow, O \(text(bound)) at most", isWithin)
      }
    }
  }

  /// Theorem 1's induction, as far as it shows from outside: Algorithm 1 on the first j blocks of
  /// keys, and what merging the next one makes of it.
  private static func induction(_ laboratory: Laboratory) throws -> [Evidence] {
    let problem = try ExactProblem(
      AttentionShape(heads: 2, queries: 384, headDim: 64), seed: 3)
    let (blocks, machine) = (Blocks(rows: 64, columns: 48), laboratory.machine(sram: .unlimited))
    let Tc = problem.shape.keys / blocks.columns
    var (prefixes, merged) = (true, true)
    var before: FlashCore.AttentionResult?
    for j in 0..<Tc {
      let first = try problem.restricted(to: 0..<(j + 1) * blocks.columns)
      let (plan, result) = try first.run(.flash1, tiling: .blocks(blocks), on: machine)
      prefixes = prefixes && first.check(result, plan).isWithin
      if let before {
        let next = try problem.restricted(to: j * blocks.columns..<(j + 1) * blocks.columns)
          .run(.flash1, tiling: .blocks(blocks), on: machine).result
        let both = try FlashCore.AttentionResult(merging: [before, next], on: machine)
        merged = merged && first.check(both, plan).isWithin
      }
      before = result
    }
    return [
      .truth(
        "the same of flash1 on the first 1, 2, … \(Tc) blocks of \(blocks.columns) keys", prefixes),
      .truth(
        "the same of merging attention of each next block with that of all before it", merged),
    ]
  }

  /// A bound to two digits, rounded up.
  private static func text(_ bound: Double) -> String { String(format: "%.1e", bound * 1.05) }
}
