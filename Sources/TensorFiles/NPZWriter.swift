/// Writes an npz file: an archive of stored npy files.
struct NPZWriter {
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
      let array = try NPYWriter(tensor, format: .npz)
      let name = tensor.name + NPZReader.memberExtension
      try archive.addMember(named: name, count: array.byteCount) {
        (sink) throws(TensorFileError) in try array.send(to: sink)
      }
    }
    try archive.finish(comment: comment)
  }
}
