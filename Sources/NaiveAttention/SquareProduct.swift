/// A product of two square matrices by OpenBLAS, over and over: what it computes in a second is what
/// the products of naive attention can come near.
package final class SquareProduct: @unchecked Sendable {
  /// Rows and columns of each matrix.
  package let size: Int
  private let a: [Float]
  private let b: [Float]
  private var c: [Float]

  /// Creates matrices of ones and of a product.
  ///
  /// - Precondition: There are rows, and no more than `blasint` counts.
  package init(size: Int) {
    precondition(size > 0 && size <= AttentionShape.largestSize, "Size of a product")
    self.size = size
    a = [Float](repeating: 1, count: size * size)
    b = [Float](repeating: 1, count: size * size)
    c = [Float](repeating: 0, count: size * size)
  }

  /// The multiplications and additions of a product, 2·size³.
  package var operations: Int { 2 * size * size * size }

  /// Multiplies, on so many threads of OpenBLAS.
  ///
  /// - Returns: An element of the product, which is its size.
  @discardableResult
  package func run(threads: Int) -> Float {
    withBLASThreads(threads) {
      unsafe a.withUnsafeBufferPointer { a in
        unsafe b.withUnsafeBufferPointer { b in
          unsafe c.withUnsafeMutableBufferPointer { c in
            unsafe store(
              MatrixView(a, rows: size, columns: size),
              times: MatrixView(b, rows: size, columns: size),
              in: c, stride: size)
          }
        }
      }
    }
    return c[size * size - 1]
  }
}
