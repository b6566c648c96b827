// Names as in the paper: N, d, M, Tc; s is the part of the blocks that is computed.

internal import FlashCore
internal import Foundation
internal import HBMSim

extension Claim {
  /// Propositions 3 and 4, and Theorem 5. M is a number of elements of 4 bytes.
  static let bounds: [Claim] = [
    Claim(
      id: "C7", section: "§3.2, Proposition 3",
      statement: "No exact algorithm makes o(N²d²/M) accesses for all M from d to Nd.",
      recorded: .confirmed,
      explanation:
        "At M = Nd inputs and outputs alone are 4Nd = 4N²d²/M. The proposition says nothing "
        + "about any smaller M; bounds that do are in docs/theory.md.",
      command: "flashsim bounds --tokens 4096 --head-dim 64"
    ) { laboratory in
      let d = 64
      let points = try [1024, 4096, 16384, 65536].map { N in
        let shape = try AttentionShape(queries: N, headDim: d)
        let sram = Capacity.elements(N * d)
        let bound = LowerBound.greatest(LowerBound.all(of: shape, sram: sram))
        let least = Algorithm.allCases.compactMap { algorithm in
          (try? BlockSearch(algorithm, shape: shape, sram: sram, effort: 500))?.ledger.total
            .elements
        }.min()
        return (N: N, bound: bound.elements, least: least ?? 0)
      }
      let ratios = points.map { Double($0.least) / Double($0.N * d) }
      return points.map { N, bound, _ in
        .equal("lower bound at M = Nd, N = \(N), d = \(d)", bound, 4 * N * d, as: "4Nd")
      } + [
        .atLeast(
          "least elements of any algorithm here over N²d²/M, M = Nd, N = 1024 to 65536: least",
          ratios.reduce(.infinity, min), 4),
        .figure("the same: greatest", ratios.reduce(0, max)),
      ]
    },
    Claim(
      id: "C8", section: "§3.3, Proposition 4",
      statement:
        "Block-sparse FlashAttention makes Θ(Nd + N²d²s/M) accesses, where s is the part of "
        + "blocks that is computed; with butterfly patterns Θ(N log N).",
      recorded: .confirmed,
      explanation: "All but K, V and the first zeros is in proportion to s, to the element.",
      command: "flashsim sweep --algorithm flash1 --tokens 8192 --density 0.125..1+0.125", work: 2
    ) { laboratory in
      let (N, d) = (8192, 64)
      let blocks = Blocks(rows: 64, columns: 64)
      func plan(_ N: Int, _ pattern: BlockPattern) throws -> AttentionPlan {
        try laboratory.counting(
          .flash1, AttentionShape(queries: N, headDim: d), .blocks(blocks), pattern: pattern)
      }
      let Tc = N / blocks.columns
      let counts = try [1, 2, 8, 32].map { part in
        let pattern = BlockPattern.even(
          density: 1 / Double(part), rows: N / blocks.rows, columns: Tc)
        return (part: part, elements: try plan(N, pattern).count().traffic.elements)
      }
      let law = PowerLaw(
        factors: [counts.map { 1 / Double($0.part) }],
        values: counts.map { Double($0.elements - 3 * N * d - 2 * N) })
      let butterflies = try [1024, 65536].map { N in
        Double(try plan(N, .butterfly(factors: nil)).elements) / (Double(N) * log2(Double(N)))
      }
      var evidence = counts.map { part, elements in
        let perBlockColumn = (3 * N * d + 4 * N) / part
        return Evidence.equal(
          "elements counted, N = \(N), d = \(d), blocks of \(blocks), s = 1/\(part)", elements,
          3 * N * d + 2 * N + Tc * perBlockColumn, as: "3Nd + 2N + s·T_c(3Nd + 4N)")
      }
      evidence.append(
        .within(
          "exponent of s in what moves for blocks", law.exponents[0] ?? .nan, 0.999...1.001,
          decimals: 3))
      evidence.append(
        .atMost(
          "growth of a butterfly's elements over N log N, while N grows from 1024 to 65536",
          butterflies[1] / butterflies[0], 2))
      return evidence
    },
    Claim(
      id: "C9", section: "§B.4, Theorem 5",
      statement: "The backward pass of FlashAttention makes Θ(N²d²/M) accesses, that of standard "
        + "attention Θ(Nd + N²), for d ≤ M ≤ Nd.",
      recorded: .conditional,
      explanation:
        "FlashAttention's part is confirmed. Standard attention's needs M = Ω(d²), as in "
        + "C4.",
      command: "flashsim sweep --algorithm flash1 --pass backward --tokens 262144..1048576x2 "
        + "--head-dim 512..2048x2 --sram 8MiB..64MiBx2"
    ) { laboratory in
      let (N, d) = (1024, 64)
      let literal = try laboratory.literal(.backward, tokens: N, headDim: d, elements: 8 * d * d)
      let Tc = literal.keyBlocks
      let textbook = try laboratory.textbook(.backward, tokens: N, headDim: d)
      let large = try AttentionShape(queries: 65536, headDim: 16384)
      let bound = LowerBound.greatest(
        LowerBound.all(of: large, for: .standard, pass: .backward, sram: .elements(4 * 16384)))
      return [
        .equal(
          "elements of flash1 counted with the blocks of line 2, N = \(N), d = \(d), M = 8d²",
          try literal.count().traffic.elements, (5 * Tc + 5) * N * d + 2 * Tc * N,
          as: "(5T_c + 5)Nd + 2T_cN"),
        .equal(
          "elements of standard counted with one block each way, N = \(N), d = \(d)",
          try textbook.count().traffic.elements, 8 * N * d + 7 * N * N, as: "8Nd + 7N²"),
      ] + (try Law(.flash1, .backward)).evidence(tokens: 2, headDim: 2, sram: -1) + [
        .atMost(
          "lower bound of any standard attention over Nd + N², N = 65536, d = 16384, M = 4d",
          Double(bound.elements) / Double(65536 * (65536 + 16384)), 8, "", .generality)
      ]
    },
  ]
}
