// Names as in the paper: N, d, M.

internal import FlashCore
internal import Foundation
internal import HBMSim

extension Claim {
  /// Theorem 2, and when FlashAttention moves less. M is a number of elements of 4 bytes.
  static let accesses: [Claim] = [
    Claim(
      id: "C4", section: "§3.2, Theorem 2",
      statement: "Standard attention accesses HBM Θ(Nd + N²) times, for d ≤ M ≤ Nd.",
      recorded: .conditional,
      explanation:
        "Only for M = Ω(d²). With less, QKᵀ alone takes Ω(N²d/√M) accesses (Hong and Kung "
        + "1981), and no constant serves all d.",
      command: "flashsim bounds --algorithm standard --tokens 4096 --head-dim 128"
    ) { laboratory in
      let N = 16384
      let sizes = [32, 64, 128].flatMap { d in [1, 4, 16].map { (d, M: $0 * d * d) } }
      let ratios = try sizes.map { d, M in
        let shape = try AttentionShape(queries: N, headDim: d)
        let least = try BlockSearch(.standard, shape: shape, sram: .elements(M)).ledger.total
        return Double(least.elements) / Double(N * d + N * N)
      }
      let textbook = try laboratory.textbook(tokens: 1024, headDim: 64)
      let constant = 8.0
      let bounds = try [64, 1024, 16384].map { d in
        let shape = try AttentionShape(queries: 4 * N, headDim: d)
        let bound = LowerBound.greatest(
          LowerBound.all(of: shape, for: .standard, sram: .elements(4 * d)))
        return (d: d, ratio: Double(bound.elements) / Double(4 * N * (d + 4 * N)))
      }
      return [
        .equal(
          "elements counted with one block each way, N = 1024, d = 64",
          try textbook.count().traffic.elements, 4 * 1024 * 64 + 4 * 1024 * 1024, as: "4Nd + 4N²"),
        .within(
          "least elements over Nd + N², N = \(N), d = 32 to 128, M = d² to 16d²: least",
          ratios.reduce(.infinity, min), 1...constant),
        .within("the same: greatest", ratios.reduce(0, max), 1...constant),
      ]
        + bounds.map { d, ratio in
          .atMost(
            "lower bound of any standard attention over Nd + N², N = \(4 * N), d = \(d), M = 4d",
            ratio, constant, "", .generality)
        }
    },
    Claim(
      id: "C5", section: "§3.2, Theorem 2",
      statement: "FlashAttention accesses HBM Θ(N²d²/M) times, for d ≤ M ≤ Nd.",
      recorded: .confirmed,
      explanation: "Counted to the element, and the exponents are met where d ≫ 16, M ≫ 64d and "
        + "N ≫ M/2d. The constant is 12 with the blocks of line 1, and S has room beside them only "
        + "from M ≈ 9d² on; with the longest blocks that fit it is about 6. M has to hold a few rows.",
      command:
        "flashsim sweep --algorithm flash1 --tokens 262144..1048576x2 --head-dim 512..2048x2 "
        + "--sram 8MiB..64MiBx2"
    ) { laboratory in
      let literal = try laboratory.literal(tokens: 4096, headDim: 64, elements: 8 * 64 * 64)
      let (N, d, Tc) = (4096, 64, literal.keyBlocks)
      let law = try Law(.flash1, .forward)
      var evidence = [
        Evidence.equal(
          "elements counted with the blocks of line 1, N = \(N), d = \(d), M = 8d²",
          try literal.count().traffic.elements, (3 * Tc + 3) * N * d + (4 * Tc + 2) * N,
          as: "(3T_c + 3)Nd + (4T_c + 2)N")
      ]
      evidence += law.evidence(tokens: 2, headDim: 2, sram: -1)
      // With 8d elements and less, a block of each matrix and one of S are single rows.
      let constants = try [16 * d, 64 * d, 256 * d, 1024 * d, 4096 * d].map { M in
        let plan = try laboratory.counting(
          .flash1, AttentionShape(queries: 16 * N, headDim: d), .fit, sram: .elements(M))
        return Double(plan.elements) * Double(M) / Double(16 * N * d * 16 * N * d)
      }
      evidence += [
        .within(
          "elements over N²d²/M, blocks that fit, N = \(16 * N), d = \(d), M = 16d to 4096d: least",
          constants.reduce(.infinity, min), 4...24),
        .within("the same: greatest", constants.reduce(0, max), 4...24),
      ]
      evidence += try [4, 8, 16].map { multiple in
        let plan = try laboratory.literal(tokens: N, headDim: d, elements: multiple * d * d)
        return .figure(
          "SRAM that the blocks of line 1 and S take over M, d = \(d), M = \(multiple)d²",
          Double(plan.footprint) / Double(4 * multiple * d * d))
      }
      return evidence
    },
    Claim(
      id: "C6", section: "§3.2, after Theorem 2",
      statement:
        "For typical d (64 to 128) and M (about 100 KB) d² is many times smaller than M, so "
        + "that FlashAttention needs many times fewer accesses than standard attention.",
      recorded: .conditional,
      explanation:
        "With the blocks of line 1 only where M ≫ 3d², where both move as much. 100 KB of "
        + "f16 are 12.5d² for d = 64, and 3.1d² for d = 128.",
      command: "flashsim run --tokens 16384 --head-dim 64,128 --dtype f16 --sram 100KB --mode count"
    ) { laboratory in
      func saving(_ N: Int, _ d: Int, _ M: Int) throws -> Double {
        try Double(laboratory.textbook(tokens: N, headDim: d).elements)
          / Double(laboratory.literal(tokens: N, headDim: d, elements: M).elements)
      }
      func counted(_ d: Int, _ M: Int) throws -> Double {
        let N = 16384
        return try Double(laboratory.textbook(tokens: N, headDim: d).count().traffic.elements)
          / Double(laboratory.literal(tokens: N, headDim: d, elements: M).count().traffic.elements)
      }
      let crossings = try [32, 64, 128].map { d in
        try (100...800).first { try saving(65536, d, $0 * d * d / 100) >= 1 }
          .map { Double($0) / 100 } ?? .nan
      }
      // What 100 KB hold of f16, the type that the authors computed in.
      let M = 50_000
      return [
        .within(
          "M/d² from which flash1 moves no more than standard, N = 65536, d = 32 to 128: least",
          crossings.reduce(.infinity, min), 2.8...3.3),
        .within("the same: greatest", crossings.reduce(0, max), 2.8...3.3),
        .atLeast(
          "times fewer elements counted than of standard, N = 16384, d = 64, 100 KB of f16",
          try counted(64, M), 2),
        .atLeast(
          "times fewer elements counted than of standard, N = 16384, d = 128, 100 KB of f16",
          try counted(128, M), 2, "", .generality),
        .atLeast(
          "times fewer elements counted than of standard, N = 16384, d = 128, 100 KB of f32",
          try counted(128, M / 2), 1, "", .generality),
      ]
    },
  ]
}
