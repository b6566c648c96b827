import COpenBLAS

/// A row-major matrix in memory that someone else owns.
@unsafe
struct MatrixView<Element> {
  let base: UnsafePointer<Element>
  let rows: Int
  let columns: Int

  /// The number of elements from one row to the next.
  let stride: Int

  /// The matrix of `rows` · `columns` elements that begins at element `offset` of a tensor.
  init(_ tensor: UnsafeBufferPointer<Element>, at offset: Int = 0, rows: Int, columns: Int) {
    unsafe self.init(tensor, at: offset, rows: rows, columns: columns, stride: columns)
  }

  /// The matrix that begins at element `offset` of `storage`.
  init(
    _ storage: UnsafeBufferPointer<Element>, at offset: Int = 0, rows: Int, columns: Int,
    stride: Int
  ) {
    let end = offset + (rows - 1) * stride + columns
    precondition(end <= storage.count, "Matrix beyond its tensor")
    guard let base = storage.baseAddress else { preconditionFailure("Empty tensor") }
    unsafe self.base = base + offset
    unsafe self.rows = rows
    unsafe self.columns = columns
    unsafe self.stride = stride
  }
}

// A validated `AttentionShape` keeps every size and stride below `blasint.max`, and no size is 0.
// OpenBLAS computes offsets in 64 bits, so a matrix may have more elements than that.

/// Stores `scale · a · bᵀ` in `c`.
func store(
  _ scale: Float, times a: MatrixView<Float>, transposed b: MatrixView<Float>,
  in c: UnsafeMutableBufferPointer<Float>, stride: Int
) {
  unsafe cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasTrans,
    blasint(a.rows), blasint(b.rows), blasint(a.columns),
    scale, a.base, blasint(a.stride), b.base, blasint(b.stride), 0, c.baseAddress, blasint(stride))
}

/// Stores `a · b` in `c`.
func store(
  _ a: MatrixView<Float>, times b: MatrixView<Float>, in c: UnsafeMutableBufferPointer<Float>,
  stride: Int
) {
  unsafe cblas_sgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans,
    blasint(a.rows), blasint(b.columns), blasint(a.columns),
    1, a.base, blasint(a.stride), b.base, blasint(b.stride), 0, c.baseAddress, blasint(stride))
}

/// Stores `scale · a · bᵀ` in `c`.
func store(
  _ scale: Double, times a: MatrixView<Double>, transposed b: MatrixView<Double>,
  in c: UnsafeMutableBufferPointer<Double>, stride: Int
) {
  unsafe cblas_dgemm(
    CblasRowMajor, CblasNoTrans, CblasTrans,
    blasint(a.rows), blasint(b.rows), blasint(a.columns),
    scale, a.base, blasint(a.stride), b.base, blasint(b.stride), 0, c.baseAddress, blasint(stride))
}

/// Adds `a · b` to `c`.
func add(
  _ a: MatrixView<Double>, times b: MatrixView<Double>, to c: UnsafeMutableBufferPointer<Double>,
  stride: Int
) {
  unsafe cblas_dgemm(
    CblasRowMajor, CblasNoTrans, CblasNoTrans,
    blasint(a.rows), blasint(b.columns), blasint(a.columns),
    1, a.base, blasint(a.stride), b.base, blasint(b.stride), 1, c.baseAddress, blasint(stride))
}
