internal import FlashCore
internal import HBMSim

extension Reproduction {
  /// Figure 2, middle: HBM accesses of the forward pass over the block size.
  static func figure2Middle() throws -> Reproduction {
    let shape = try AttentionShape(batch: 64, heads: 16, queries: 1024, headDim: 64)
    var rows: [Row] = []
    for (keys, first, second) in [
      (64, "6.6", "6.7"), (128, "3.4", "3.3"), (256, "1.7", "1.8"), (512, "0.9", "1.1"),
    ] {
      let passes = try FlashPasses(shape, .forward, keys: keys)
      let skipped = Row(
        "forward, Bc \(keys), O not read at j = 1", count: -passes.once("O"), in: .gigabytes)
      let sum = Row(
        "HBM at Bc \(keys)", Reference(first, .plot), sum: passes.tensors + [skipped],
        in: .gigabytes)
      let again = Row(
        "HBM at Bc \(keys), a second reading", Reference(second, .plot), sum: [sum],
        in: .gigabytes)
      rows += passes.tensors + [skipped, sum, again]
    }
    return Reproduction(
      name: .figure2Middle,
      configuration: "GPT-2 medium: batch 64, 16 heads, N 1024, d 64, f16, forward",
      assumptions: [
        "FlashAttention is flash1: (3Tc + 1) N×d matrices, without initialisation, l and m, O not "
          + "being read at j = 1.",
        "The authors print no numbers: two people read these off the plot.",
      ], rows: rows)
  }

  /// Figure 2, right: block-sparse FlashAttention over the part of the blocks that is computed.
  static func figure2Right() throws -> Reproduction {
    let shape = try AttentionShape(queries: 4096, headDim: 64)
    let blocks = Blocks(rows: 128, columns: 128)
    var rows: [Row] = []
    for algorithm in [Algorithm.flash1, .flash2] {
      func counted(_ density: Double) throws -> (bytes: Int, operations: Int) {
        let plan = try AttentionPlan(
          algorithm, pass: .both, shape: shape,
          options: AttentionOptions(pattern: .even(density: density, rows: 32, columns: 32)),
          precision: Precision(.f16), tiling: .blocks(blocks),
          on: Machine(sram: .unlimited, mode: .count))
        let execution = try plan.count()
        return (
          execution.traffic.bytes - plan.closedFormWithoutBlocks.total.bytes,
          execution.operations.matmul
        )
      }
      let dense = try counted(1)
      for (percent, milliseconds) in [(20, 40.0), (40, 84), (60, 126), (80, 161.5), (100, 175)] {
        let sparse = try counted(Double(percent) / 100)
        let reading = Reference("\(milliseconds)/175 ms", milliseconds / 175, .plot)
        for (what, part, whole) in [
          ("HBM for blocks", sparse.bytes, dense.bytes),
          ("matrix operations", sparse.operations, dense.operations),
        ] {
          rows.append(
            Row(
              "\(algorithm), \(percent) %: \(what)", reading, Double(part) / Double(whole), "dense")
          )
        }
      }
    }
    return Reproduction(
      name: .figure2Right,
      configuration: "N 4096, d 64, f16, blocks of 128×128, forward and backward, one head",
      assumptions: [
        "The pattern has the part of the blocks that is named, to the block, spread evenly over the "
          + "rows.",
        "What moves however few blocks there are, K and V above all, is left out of the HBM accesses.",
        "The authors print no numbers: others read times off the plot, and midpoints of what they "
          + "read are compared, over 175 ms for the dense run.",
      ], rows: rows)
  }

  /// Proposition 4: accesses are a part for K and V, and a part in proportion to the density.
  static func proposition4() throws -> Reproduction {
    let (N, d, side) = (8192, 64, 128)
    let shape = try AttentionShape(queries: N, headDim: d)
    let points = try stride(from: 5, through: 100, by: 5).map { percent in
      let plan = try AttentionPlan(
        .flash1, shape: shape,
        options: AttentionOptions(
          pattern: .even(density: Double(percent) / 100, rows: N / side, columns: N / side)),
        tiling: .blocks(Blocks(rows: side, columns: side)),
        on: Machine(sram: .unlimited, mode: .count))
      let moved = plan.closedForm.entries.reduce(0) {
        $1.phase == .main && !["l", "m"].contains($1.tensor) ? $0 + $1.traffic.elements : $0
      }
      let (live, total) = plan.liveBlocks
      return (s: Double(live) / Double(total), y: Double(moved))
    }
    let count = Double(points.count)
    let (meanS, meanY) = (
      points.reduce(0) { $0 + $1.s } / count, points.reduce(0) { $0 + $1.y } / count
    )
    let covariance = points.reduce(0) { $0 + ($1.s - meanS) * ($1.y - meanY) }
    let slope = covariance / points.reduce(0) { $0 + ($1.s - meanS) * ($1.s - meanS) }
    return Reproduction(
      name: .proposition4,
      configuration: "flash1 forward, N 8192, d 64, blocks of 128×128, one head, s from 5 to 100 %",
      assumptions: [
        "Θ(Nd + N²d²s/M) is 2Nd + 3Tc·Nd·s in Algorithm 5, without initialisation, l and m.",
        "A straight line is fitted to the elements that move over the part of the blocks that is "
          + "computed.",
      ],
      rows: [
        Row(
          "intercept over Nd", Reference("2", .derived), (meanY - slope * meanS) / Double(N * d),
          "Nd"),
        Row(
          "slope over Nd, Tc = 64", Reference("\(3 * N / side)", .derived), slope / Double(N * d),
          "Nd"),
      ])
  }
}
