// Names as in the paper: N, d, Tc. X is an N×d matrix of every head in f16, Y an N×N one, in bytes.

internal import FlashCore
internal import HBMSim

/// A configuration of the paper's measurements, in f16, and the bytes that its attention moves if each
/// kernel reads and writes whole matrices.
struct PassCounts {
  /// The sizes.
  let shape: AttentionShape
  /// Whether scores are masked and weights dropped.
  let masksAndDrops: Bool

  /// GPT-2 medium of Figure 2: 64 sequences of 1024, 16 heads of 64, with mask and dropout.
  static func gpt2Medium() throws -> PassCounts {
    PassCounts(
      shape: try AttentionShape(batch: 64, heads: 16, queries: 1024, headDim: 64),
      masksAndDrops: true)
  }

  /// Tables 18 to 20 of appendix E.6 at a length: 16 sequences, 8 heads of 64.
  static func appendix(tokens: Int) throws -> PassCounts {
    PassCounts(
      shape: try AttentionShape(batch: 16, heads: 8, queries: tokens, headDim: 64),
      masksAndDrops: false)
  }

  /// Blocks of FlashAttention: B_c as the authors' program has it for d = 64.
  var blocks: Blocks { Blocks(rows: 64, columns: 256) }

  /// Bytes of X.
  var X: Int { 2 * shape.matrices * shape.queries * shape.headDim }

  /// Bytes of Y.
  var Y: Int { 2 * shape.matrices * shape.queries * shape.queries }

  /// Operations of the products of matrices of a forward pass, 4N²d a head.
  var forwardOperations: Double {
    Double(4 * shape.matrices * shape.queries * shape.queries * shape.headDim)
  }

  /// What standard attention moves as frameworks run it, a kernel an operation, as counted.
  func eager(_ pass: Pass, in laboratory: Laboratory) throws -> EagerCount {
    var options = AttentionOptions()
    if masksAndDrops {
      options.mask = .causal()
      options.dropout = Dropout(probability: 0.1, seed: 0)
    }
    return EagerCount(
      try AttentionPlan(
        .standardEager, pass: pass, shape: shape, options: options, precision: .f16,
        tiling: .blocks(Blocks(rows: shape.queries, columns: shape.keys)),
        on: Machine(sram: .unlimited, mode: .count, progress: laboratory.progress)
      ).count().ledger)
  }

  /// Bytes of FlashAttention as the authors' program runs it, with B_c = 256.
  func fused(_ pass: Pass) throws -> Int {
    let passes = (pass.countsForward ? [Pass.forward] : []) + (pass.hasBackward ? [.backward] : [])
    return try passes.reduce(0) { try $0 + FlashPasses(shape, $1, keys: blocks.columns).asRun }
  }
}

/// The bytes of standard attention as frameworks run it.
struct EagerCount {
  /// All.
  let all: Int
  /// Those that Figure 2 can have.
  let ofFigure: Int

  init(_ ledger: Ledger) {
    all = ledger.total.bytes
    ofFigure = ledger.entries.reduce(0) { $1.isInFigure2 ? $0 + $1.traffic.bytes : $0 }
  }
}
