// Names as in the paper: M, d, Br, Bc.

extension Blocks {
  /// Line 1 of Algorithm 1, and of Algorithm 4, whatever the problem's size.
  ///
  /// M is a number of elements. With a number of bytes in its place B_c comes out four times as long.
  ///
  /// - Parameters:
  ///   - M: What SRAM holds, in elements of 4 bytes.
  ///   - d: The columns of Q and K.
  /// - Precondition: M is not negative, and d is positive.
  public static func paper(elements M: Int, headDim d: Int) -> Blocks {
    precondition(M >= 0 && d > 0, "SRAM or columns that cannot be")
    // 1: Bc = ⌈M/4d⌉, Br = min(⌈M/4d⌉, d); a block has a row at least.
    let Bc = (max(M, 1) - 1) / (4 * d) + 1
    let Br = min(Bc, d)
    return Blocks(rows: Br, columns: Bc)
  }
}
