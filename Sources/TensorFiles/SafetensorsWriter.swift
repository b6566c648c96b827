/// Writes a safetensors file: the length of the header, the header, the data without gaps.
struct SafetensorsWriter {
  private let tensors: [TensorFileWriter.Tensor]
  private let metadata: [String: String]

  /// Orders the tensors as the reference implementation does: by the size of their elements, the
  /// greatest first, so that each is aligned for its type, then by name.
  init(
    _ tensors: [TensorFileWriter.Tensor], metadata: [String: String]
  ) throws(TensorFileError) {
    guard !tensors.contains(where: { $0.name == SafetensorsHeader.metadataKey }) else {
      throw .reservedName(name: SafetensorsHeader.metadataKey)
    }
    self.tensors = tensors.sorted {
      (-$0.element.byteCount, $0.name) < (-$1.element.byteCount, $1.name)
    }
    self.metadata = metadata
  }

  func write(to file: AtomicFile) throws(TensorFileError) {
    let header = try header()
    guard header.count <= SafetensorsReader.headerLimit else {
      throw .tooLong(
        part: "header", bytes: header.count, limit: SafetensorsReader.headerLimit)
    }
    var start = ByteWriter()
    start.write(UInt64(header.count))
    start.write(header)
    try file.append(start.bytes)
    for tensor in tensors {
      try tensor.send { (bytes) throws(TensorFileError) in try file.append(bytes) }
    }
  }

  /// The JSON object, padded with spaces to a multiple of 8 bytes.
  private func header() throws(TensorFileError) -> [UInt8] {
    var json = ByteWriter()
    json.write("{".utf8)
    if !metadata.isEmpty {
      json.write(json: SafetensorsHeader.metadataKey)
      json.write(":".utf8)
      json.write(json: metadata)
    }
    var offset = 0
    for tensor in tensors {
      let (end, overflow) = offset.addingReportingOverflow(try tensor.byteCount())
      guard !overflow else { throw .tooManyElements(name: tensor.name, shape: tensor.shape) }
      if json.bytes.count > 1 { json.write(",".utf8) }
      json.write(json: tensor.name)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      json.write(":{\"dtype\":\"\(tensor.element.safetensorsName)\",\"shape\":[\(shape)]".utf8)
      json.write(",\"data_offsets\":[\(offset),\(end)]}".utf8)
      offset = end
    }
    json.write("}".utf8)
    json.pad(UInt8(ascii: " "), to: 8)
    return json.bytes
  }
}
