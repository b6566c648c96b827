/// Writes one array as an npy file: a header, then the data.
struct NPYWriter {
  /// The bytes of the file.
  let byteCount: Int

  private let tensor: TensorFileWriter.Tensor
  private let header: [UInt8]

  /// Makes the header.
  ///
  /// - Parameters:
  ///   - tensor: The array.
  ///   - format: The format that an error names: npz holds npy files.
  /// - Throws: `cannotStore` or `tooManyElements`.
  init(
    _ tensor: TensorFileWriter.Tensor, format: TensorFile.Format
  ) throws(TensorFileError) {
    guard let descr = tensor.element.npyName else {
      throw .cannotStore(name: tensor.name, element: tensor.element, format: format)
    }
    let header = NPYHeader.bytes(descr: descr, shape: tensor.shape)
    let (count, overflow) = header.count.addingReportingOverflow(try tensor.byteCount())
    guard !overflow else { throw .tooManyElements(name: tensor.name, shape: tensor.shape) }
    byteCount = count
    self.tensor = tensor
    self.header = header
  }

  /// The writer of the only array of a list.
  ///
  /// - Throws: `wrongTensorCount`, `cannotStore` or `tooManyElements`.
  init(_ tensors: [TensorFileWriter.Tensor]) throws(TensorFileError) {
    guard let tensor = tensors.first, tensors.count == 1 else {
      throw .wrongTensorCount(expected: 1, actual: tensors.count)
    }
    try self.init(tensor, format: .npy)
  }

  func write(to file: AtomicFile) throws(TensorFileError) {
    try send { (bytes) throws(TensorFileError) in try file.append(bytes) }
  }

  /// Hands the file to `sink`, part by part.
  func send(to sink: TensorFileWriter.Sink) throws(TensorFileError) {
    try sink(unsafe header.span.bytes)
    try tensor.send(to: sink)
  }
}

extension NPYHeader {
  /// A header of version 1.0 for elements in C order, as `numpy.save` writes it.
  ///
  /// With a long shape numpy may leave 64 spaces more, for the first axis to grow. 64 axes at most do not fill the 65,535 bytes of that version.
  fileprivate static func bytes(descr: String, shape: [Int]) -> [UInt8] {
    // A tuple of one number keeps its comma.
    let shape = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var literal = ByteWriter()
    literal.write("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(shape)), }".utf8)
    let preambleCount = signature.count + 2 + 2
    literal.pad(UInt8(ascii: " "), to: alignment, reserving: preambleCount + 1)
    literal.write("\n".utf8)

    var header = ByteWriter()
    header.write(signature)
    header.write([1, 0])
    header.write(UInt16(literal.bytes.count))
    header.write(literal.bytes)
    return header.bytes
  }
}
