internal import FlashCore
internal import HBMSim

extension Reproduction {
  /// Table 21, which Figure 3 draws: memory of a forward and a backward pass.
  static func figure3Memory() throws -> Reproduction {
    let table = PaperTable.number(21)
    var rows: [Row] = []
    func reference(_ method: String, _ length: Int) -> Reference? {
      table.printed(method, length).map { Reference($0) }
    }
    for N in PaperTable.lengths {
      let shape = try PassCounts.appendix(tokens: N).shape
      func kept(_ algorithm: Algorithm) throws -> HBMFootprint {
        try AttentionPlan(
          algorithm, pass: .both, shape: shape, precision: Precision(.f16),
          on: Machine(sram: .unlimited, mode: .count)
        ).hbmFootprint
      }
      let flash = try kept(.flash1)
      let X = flash.bytes(of: "Q")
      for method in ["PyTorch Attention", "Megatron"] {
        guard let printed = reference(method, N) else { continue }
        rows.append(
          Row("\(method), N \(N)", printed, count: try kept(.standardEager).bytes, in: .mebibytes))
      }
      let parts = [
        Row("flash1, N \(N)", count: flash.bytes, in: .mebibytes),
        Row("copies of Q, K and V, N \(N)", count: 3 * X, in: .mebibytes),
        Row("f32 temporary, N \(N)", count: N > 256 ? 2 * X : 0, in: .mebibytes),
      ]
      rows += parts
      for method in ["FlashAttention", "Block-Sparse FlashAttention"] {
        rows.append(Row("\(method), N \(N)", reference(method, N), sum: parts, in: .mebibytes))
      }
      if N >= 2048 {
        let scores = 4 * shape.matrices * N * 256 * 2
        rows.append(
          Row(
            "Linformer by formula, N \(N)", reference("Linformer", N),
            count: scores + X * 77 / 8 + (12 << 20), in: .mebibytes))
      }
    }
    return Reproduction(
      name: .figure3Memory,
      configuration: "batch 16, 8 heads, d 64, f16, forward and backward, no mask, no dropout",
      assumptions: [
        "PyTorch and Megatron are what standard-eager keeps: 4 N×N and 10 N×d matrices.",
        "FlashAttention is what flash1 keeps, 8 N×d matrices and l and m, and, assumed, 3 N×d matrices "
          + "for packed copies of Q, K and V, and one in f32 where there is more than one block of 256 "
          + "keys.",
        "Block-sparse FlashAttention is taken to keep as much; from N = 32768 on it is printed with 2 and "
          + "8 MB more.",
        "Linformer is an empirical formula, 4·N·256 scores, 9.625 N×d matrices and 12 MiB, and not a "
          + "count.",
        "Printed MB are MiB. 104.5 is printed as 104: cut off, or rounded to even.",
      ], rows: rows)
  }
}
