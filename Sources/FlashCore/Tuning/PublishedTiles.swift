extension Blocks {
  /// The tiles that the authors' kernels have for an A100, in the terms of the papers: rows of Q and
  /// rows of K in a block; nil where there are none for that head dimension.
  ///
  /// FlashAttention: `fmha_fwd_launch_template.h` of release 1.0.9, for 16-bit matrices; its backward
  /// pass has the same. FlashAttention-2: `flash_fwd_launch_template.h` and
  /// `flash_bwd_launch_template.h` of release 2.8.3.
  ///
  /// - Parameters:
  ///   - algorithm: FlashAttention or FlashAttention-2; others have no kernels there.
  ///   - pass: Forward or backward; nil is returned for both together.
  ///   - headDim: d, rounded up to the next size that kernels are built for.
  ///   - hasDropout: Whether weights are dropped, which takes registers.
  public static func published(
    for algorithm: Algorithm, pass: Pass, headDim: Int, hasDropout: Bool = false
  ) -> Blocks? {
    let tiles: [(headDim: Int, rows: Int, columns: Int)]
    switch (algorithm, pass) {
    case (.flash1, .forward), (.flash1, .backward):
      tiles = [(64, 16, 256), (128, 16, 128)]
    case (.flash2, .forward):
      tiles =
        hasDropout
        ? [(32, 128, 128), (96, 128, 64), (128, 128, 32), (192, 64, 64), (256, 128, 64)]
        : [(64, 128, 128), (256, 128, 64)]
    case (.flash2, .backward):
      tiles = [(64, 128, 128), (128, 64, 128), (256, 64, 64)]
    default: return nil
    }
    return tiles.first { headDim <= $0.headDim }.map { Blocks(rows: $0.rows, columns: $0.columns) }
  }
}
