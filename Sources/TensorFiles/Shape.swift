/// What a file's header says of a shape, checked.
enum Shape {
  /// The greatest number of axes, that of numpy 2.
  static let axisLimit = 64

  /// The bytes of a tensor: `Π dimensions · elementSize`, 0 if a dimension is 0.
  ///
  /// The product over the dimensions that are not 0 must be an `Int` as well, so that strides can
  /// be computed from any shape that passes.
  ///
  /// - Throws: `tooManyAxes`, `negativeDimension` or `tooManyElements`.
  static func byteCount(
    _ shape: [Int], elementSize: Int, name: String
  ) throws(TensorFileError) -> Int {
    guard shape.count <= axisLimit else {
      throw .tooManyAxes(name: name, axes: shape.count, limit: axisLimit)
    }
    var product = elementSize
    for dimension in shape {
      guard dimension >= 0 else { throw .negativeDimension(name: name, dimension: dimension) }
      let (partial, overflow) = product.multipliedReportingOverflow(by: max(dimension, 1))
      guard !overflow else { throw .tooManyElements(name: name, shape: shape) }
      product = partial
    }
    return shape.contains(0) ? 0 : product
  }
}
