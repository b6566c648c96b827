/// `target[column][row] = source[row][column]`, exactly, with no padding read or written.
///
/// By squares of 4 × 4 in registers: with each row or column alone, every access would be to
/// another cache line.
@Sendable
func transpose(
  _ source: UnsafePointer<Float>, _ rows: Int, _ columns: Int, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  let wholeRows = rows & ~3
  let wholeColumns = columns & ~3
  for column in Swift.stride(from: 0, to: wholeColumns, by: 4) {
    for row in Swift.stride(from: 0, to: wholeRows, by: 4) {
      transposeSquare(
        source + row * sourceStride + column, sourceStride,
        target + column * targetStride + row, targetStride)
    }
  }
  for row in 0..<rows {
    let first = row < wholeRows ? wholeColumns : 0
    for column in first..<columns {
      target[column * targetStride + row] = source[row * sourceStride + column]
    }
  }
}

@inline(__always)
private func transposeSquare(
  _ source: UnsafePointer<Float>, _ sourceStride: Int,
  _ target: UnsafeMutablePointer<Float>, _ targetStride: Int
) {
  let a = UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Float>.self)
  let b = UnsafeRawPointer(source + sourceStride).loadUnaligned(as: SIMD4<Float>.self)
  let c = UnsafeRawPointer(source + 2 * sourceStride).loadUnaligned(as: SIMD4<Float>.self)
  let d = UnsafeRawPointer(source + 3 * sourceStride).loadUnaligned(as: SIMD4<Float>.self)
  for column in 0..<4 {
    UnsafeMutableRawPointer(target + column * targetStride)
      .storeBytes(
        of: SIMD4(a[column], b[column], c[column], d[column]), as: SIMD4<Float>.self)
  }
}
