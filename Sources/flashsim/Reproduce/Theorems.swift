internal import FlashCore
internal import HBMSim

extension Reproduction {
  /// Theorem 2 for the forward pass, Theorem 5 for the backward pass: exponents, constants, and where
  /// FlashAttention begins to move less than standard attention.
  static func theorem(pass: Pass) throws -> Reproduction {
    let isForward = pass == .forward
    var rows: [Row] = []
    let standard = try TrafficLaw(.standard, pass, divisor: 4)
    for (name, law, expected) in [
      ("standard", standard, ["2", "0", "0"]),
      ("flash1", try TrafficLaw(.flash1, pass, divisor: 4), ["2", "2", "-1"]),
      ("flash2", try TrafficLaw(.flash2, pass, divisor: 2), ["2", "2", "-1"]),
    ] {
      for (symbol, (exponent, text)) in zip(["N", "d", "M"], zip(law.exponents, expected)) {
        guard let exponent else { continue }
        rows.append(Row("\(name), exponent of \(symbol)", Reference(text), exponent, "1"))
      }
    }
    let constants: [(String, Algorithm, Int, String)] =
      isForward
      ? [
        ("flash1, Bc = M/4d", .flash1, 4, "12"), ("flash1, Bc = M/2d", .flash1, 2, "6"),
        ("flash2, Br = M/2d", .flash2, 2, "4"),
      ]
      : [("flash1, Bc = M/4d", .flash1, 4, "20"), ("flash2, Bc = M/4d", .flash2, 4, "16")]
    let (N, d, M) = (1 << 22, 64, 1 << 17)
    let unit = Double(N) / Double(M) * Double(N) * Double(d * d)
    for (name, algorithm, divisor, text) in constants {
      let elements = try TrafficLaw.elements(algorithm, pass, N: N, d: d, M: M, divisor: divisor)
      rows.append(
        Row("\(name), constant", Reference(text, .derived), Double(elements) / unit, "N²d²/M"))
    }
    let standardElements = try TrafficLaw.elements(.standard, pass, N: N, d: d, M: M, divisor: 4)
    rows.append(
      Row(
        "standard, constant", Reference(isForward ? "4" : "7", .derived),
        Double(standardElements) / Double(N) / Double(N), "N²"))
    rows.append(
      Row(
        "flash1 = standard at M, d 1024", Reference(isForward ? "3.0" : "2.9", .derived),
        Double(try TrafficLaw.crossing(pass, N: N, d: 1024)) / 1_048_576, "d²"))
    return Reproduction(
      name: isForward ? .theorem2 : .theorem5,
      configuration:
        "\(pass), one head; exponents over N 2¹⁸ to 2²⁰, d 32 to 128, M 2¹⁵ to 2¹⁷ elements; "
        + "constants at N 2²², d 64, M 2¹⁷",
      assumptions: [
        "Elements of matrices in all phases but initialize, without statistics of rows, from closed "
          + "forms.",
        "Blocks are M/4d, line 1 of Algorithm 1, or M/2d long, whether S fits beside them or not; "
          + "exponents of flash2 are those of M/2d.",
        "Standard attention reads each operand of a product once: one block.",
        "The theorems name orders; constants and the crossing follow from the algorithms' lines.",
      ], rows: rows)
  }
}

/// What an algorithm moves over N, d and M, as a power law.
private struct TrafficLaw {
  /// Of N, d and M.
  let exponents: [Double?]

  /// Fits what moves where the long side of blocks is M over `divisor` · d.
  init(_ algorithm: Algorithm, _ pass: Pass, divisor: Int) throws {
    var (factors, values): ([[Double]], [Double]) = ([[], [], []], [])
    for N in [1 << 18, 1 << 19, 1 << 20] {
      for d in [32, 64, 128] {
        for M in [1 << 15, 1 << 16, 1 << 17] {
          for (i, factor) in [N, d, M].enumerated() { factors[i].append(Double(factor)) }
          values.append(
            Double(try Self.elements(algorithm, pass, N: N, d: d, M: M, divisor: divisor)))
        }
      }
    }
    exponents = PowerLaw(factors: factors, values: values).exponents
  }

  /// The smallest M at which FlashAttention in blocks of M/4d moves no more than standard attention, by
  /// halving: 12N²d²/M = 4N² forward, 20N²d²/M = 7N² backward, to whole columns of a block.
  static func crossing(_ pass: Pass, N: Int, d: Int) throws -> Int {
    var (low, high) = (1, 16 * d * d)
    let standard = try elements(.standard, pass, N: N, d: d, M: high, divisor: 4)
    while low < high {
      let M = (low + high) / 2
      if try elements(.flash1, pass, N: N, d: d, M: M, divisor: 4) <= standard {
        high = M
      } else {
        low = M + 1
      }
    }
    return low
  }

  /// Elements of matrices that move.
  static func elements(
    _ algorithm: Algorithm, _ pass: Pass, N: Int, d: Int, M: Int, divisor: Int
  ) throws -> Int {
    let side = (M + divisor * d - 1) / (divisor * d)
    let thickness = min(side, d)
    let blocks =
      algorithm == .standard
      ? Blocks(rows: N, columns: N)
      : algorithm == .flash2 && pass == .forward
        ? Blocks(rows: side, columns: thickness) : Blocks(rows: thickness, columns: side)
    let ledger = try AttentionPlan(
      algorithm, pass: pass, shape: AttentionShape(queries: N, headDim: d),
      tiling: .blocks(blocks), on: Machine(sram: .unlimited, mode: .count)
    ).closedForm
    return ledger.entries.reduce(0) {
      let isMatrix = $1.phase != .initialize && !["l", "m", "LSE", "D"].contains($1.tensor)
      return isMatrix ? $0 + $1.traffic.elements : $0
    }
  }
}
