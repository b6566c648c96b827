internal import FlashCore
internal import HBMSim

extension Reproduction {
  /// Figure 2, left: FLOPs and HBM accesses of GPT-2 medium, forward and backward.
  static func figure2Left() throws -> Reproduction {
    let shape = try PassCounts.gpt2Medium().shape
    let rows = try standardTraffic(shape) + flashTraffic(shape) + operations(shape)
    return Reproduction(
      name: .figure2Left,
      configuration: "GPT-2 medium: batch 64, 16 heads, N 1024, d 64, f16, forward and backward",
      assumptions: [
        "Standard attention is standard-eager with a mask that all heads share and dropout of 0.1.",
        "The paper's 40.3 GB are its kernels without the scaling of K and dK, without the mask of dS, "
          + "and without the reads of the mask itself: 18 N×N and 12 N×d matrices.",
        "FlashAttention is flash1 in blocks of 256 keys, without mask, dropout, initialisation, l and m.",
        "The paper's 4.4 GB are 33 N×d matrices: at j = 1 neither O nor dQ is read, and the backward "
          + "pass reads O once, for D.",
        "No convention is documented by the authors: these are the passes whose sum has the printed "
          + "digits.",
        "The printed GFLOPs are not those of this configuration. They are met by matrix operations "
          + "over 16, the ratio of an A100's tensor cores to its other units, and 14 operations a score.",
      ], rows: rows)
  }

  /// Kernel by kernel, of standard attention.
  private static func standardTraffic(_ shape: AttentionShape) throws -> [Row] {
    let options = AttentionOptions(
      maskTensor: ScoreTensor(
        queries: shape.queries, keys: shape.keys, elementType: .bool),
      dropout: Dropout(probability: 0.1, seed: 0))
    let ledger = try AttentionPlan(
      .standardEager, pass: .both, shape: shape, options: options, precision: Precision(.f16),
      on: Machine(sram: .unlimited, mode: .count)
    ).closedForm
    var (counted, others): ([Row], [Row]) = ([], [])
    for phase in ledger.phases {
      let entries = ledger.entries.filter { $0.phase == phase }
      let mask = entries.filter { $0.tensor == "mask" }.reduce(0) { $0 + $1.traffic.bytes }
      let all = ledger.traffic(in: phase).bytes
      if phase.isLeftOutOfFigure2 {
        others.append(Row("kernel \(phase.name)", count: all, in: .gigabytes))
      } else {
        counted.append(Row("kernel \(phase.name)", count: all - mask, in: .gigabytes))
        if mask > 0 {
          others.append(Row("mask read by \(phase.name)", count: mask, in: .gigabytes))
        }
      }
    }
    let standard = Row(
      "HBM of standard attention", Reference("40.3"), sum: counted, in: .gigabytes)
    let all = Row("HBM with what the paper leaves out", sum: [standard] + others, in: .gigabytes)
    return counted + [standard] + others + [all]
  }

  /// Tensor by tensor, of FlashAttention.
  private static func flashTraffic(_ shape: AttentionShape) throws -> [Row] {
    let forward = try FlashPasses(shape, .forward, keys: 256)
    let backward = try FlashPasses(shape, .backward, keys: 256)
    let literalForward = Row("Algorithm 1 as printed", sum: forward.tensors, in: .gigabytes)
    let literalBackward = Row("Algorithm 4 as printed", sum: backward.tensors, in: .gigabytes)
    let literal = Row(
      "Algorithms 1 and 4 as printed", sum: [literalForward, literalBackward], in: .gigabytes)
    let firstO = Row("forward, O not read at j = 1", count: -forward.once("O"), in: .gigabytes)
    let laterO = Row(
      "backward, O not read at j > 1", count: backward.once("O") - backward.reads("O"),
      in: .gigabytes)
    let firstdQ = Row("backward, dQ not read at j = 1", count: -backward.once("dQ"), in: .gigabytes)
    let both = [
      Row("HBM of FlashAttention, forward", sum: [literalForward, firstO], in: .gigabytes),
      Row(
        "HBM of FlashAttention, backward", sum: [literalBackward, laterO, firstdQ], in: .gigabytes),
    ]
    return forward.tensors + [literalForward] + backward.tensors
      + [literalBackward, literal, firstO, laterO, firstdQ] + both
      + [Row("HBM of FlashAttention", Reference("4.4"), sum: both, in: .gigabytes)]
  }

  /// Operations, counted in one head, of which all have as many.
  private static func operations(_ shape: AttentionShape) throws -> [Row] {
    let head = try AttentionShape(queries: shape.queries, headDim: shape.headDim)
    let scores = shape.matrices * shape.queries * shape.keys
    var rows: [Row] = []
    for (algorithm, name, printed) in [
      (Algorithm.standardEager, "standard attention", "66.6"), (.flash1, "FlashAttention", "75.2"),
    ] {
      let counted = try AttentionPlan(
        algorithm, pass: .both, shape: head, tiling: .blocks(Blocks(rows: 64, columns: 256)),
        on: Machine(sram: .unlimited, mode: .count)
      ).count()
      let matmul = shape.matrices * counted.operations.matmul
      rows += [
        Row(
          "matrix operations of \(name)", Reference(printed), count: matmul, in: .gigaoperations),
        Row(
          "a 16th of these and 14 a score, \(name)", Reference(printed),
          count: matmul / 16 + 14 * scores, in: .gigaoperations),
      ]
    }
    return rows
  }
}
