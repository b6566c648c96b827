/// Writes an npz file: an archive of stored npy files.
struct NPZWriter {
  /// The alignment of an array's data within its npy file, in bytes, as numpy has it.
  static let alignment = 64

  private let tensors: [TensorFileWriter.Tensor]
  private let comment: [UInt8]
  private let limits: ZIPWriter.Limits

  /// Checks the metadata; the limits, which tests lower, say where zip64 begins.
  init(
    _ tensors: [TensorFileWriter.Tensor], metadata: [String: String],
    limits: ZIPWriter.Limits = .init()
  ) throws(TensorFileError) {
    var comment = ByteWriter()
    if !metadata.isEmpty { comment.write(json: metadata) }
    guard comment.bytes.count <= ZIP.limit16 else {
      throw .tooLong(part: "metadata", bytes: comment.bytes.count, limit: ZIP.limit16)
    }
    self.tensors = tensors
    self.comment = comment.bytes
    self.limits = limits
  }

  func write(to file: AtomicFile) throws(TensorFileError) {
    var archive = ZIPWriter(file, limits: limits)
    for tensor in tensors {
      let header = try Self.header(of: tensor)
      let (count, overflow) = header.count.addingReportingOverflow(try tensor.byteCount())
      guard !overflow else { throw .tooManyElements(name: tensor.name, shape: tensor.shape) }
      try archive.addMember(named: tensor.name + NPZReader.memberExtension, count: count) {
        (sink) throws(TensorFileError) in
        try sink(unsafe header.span.bytes)
        try tensor.send(to: sink)
      }
    }
    try archive.finish(comment: comment)
  }

  /// The npy header, version 1.0: 64 axes at most do not fill its 65,535 bytes.
  private static func header(
    of tensor: TensorFileWriter.Tensor
  ) throws(TensorFileError) -> [UInt8] {
    guard let descr = tensor.element.npyName else {
      throw .cannotStore(name: tensor.name, element: tensor.element, format: .npz)
    }
    // A tuple of one number keeps its comma.
    let shape =
      tensor.shape.map(String.init).joined(separator: ", ") + (tensor.shape.count == 1 ? "," : "")
    var literal = ByteWriter()
    literal.write("{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(shape)), }".utf8)
    let preambleCount = NPYHeader.signature.count + 2 + 2
    literal.pad(UInt8(ascii: " "), to: alignment, reserving: preambleCount + 1)
    literal.write("\n".utf8)

    var header = ByteWriter()
    header.write(NPYHeader.signature)
    header.write([1, 0])
    header.write(UInt16(literal.bytes.count))
    header.write(literal.bytes)
    return header.bytes
  }
}
