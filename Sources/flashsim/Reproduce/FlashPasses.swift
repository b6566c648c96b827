internal import FlashCore
internal import HBMSim

/// What the main phase of flash1 moves of N×d matrices in blocks of 64 queries, in f16, by tensor.
struct FlashPasses {
  /// Bytes by tensor and direction; without statistics.
  let tensors: [Reproduction.Row]
  private let pass: Pass
  private let ledger: Ledger
  private let blockCount: Int

  init(_ shape: AttentionShape, _ pass: Pass, keys: Int) throws {
    let plan = try AttentionPlan(
      .flash1, pass: pass, shape: shape, precision: Precision(.f16),
      tiling: .blocks(Blocks(rows: 64, columns: keys)),
      on: Machine(sram: .unlimited, mode: .count))
    self.pass = pass
    ledger = plan.closedForm
    blockCount = (shape.keys + plan.blocks.columns - 1) / plan.blocks.columns
    var rows: [Reproduction.Row] = []
    for entry in ledger.entries where entry.phase == .main && !["l", "m"].contains(entry.tensor) {
      for (direction, bytes) in [
        ("read", entry.traffic.readBytes), ("written", entry.traffic.writtenBytes),
      ] where bytes > 0 {
        rows.append(
          Reproduction.Row(
            "\(pass), Bc \(keys), \(entry.tensor) \(direction)", count: bytes, in: .gigabytes))
      }
    }
    tensors = rows
  }

  /// Bytes as the authors' program runs it: neither O nor dQ is read at j = 1, and the backward pass
  /// reads O once, for D. With T_c blocks of keys (3T_c + 1)X forward and (4T_c + 4)X backward.
  var asRun: Int {
    let printed = tensors.reduce(0) { $0 + ($1.count ?? 0) }
    return pass == .forward
      ? printed - once("O") : printed + once("O") - reads("O") - once("dQ")
  }

  /// What is read of a tensor, in bytes.
  func reads(_ tensor: String) -> Int {
    ledger.entries.reduce(0) {
      $1.phase == .main && $1.tensor == tensor ? $0 + $1.traffic.readBytes : $0
    }
  }

  /// What one of the passes over a tensor reads, in bytes; there is one a block of keys.
  func once(_ tensor: String) -> Int { reads(tensor) / blockCount }
}
