/// The one array of an npy file.
struct NPYReader: TensorReader {
  private let name: String
  private let header: NPYHeader
  private let bytes: TensorBytes

  var metadata: [String: String] { [:] }
  var names: [String] { [name] }

  /// Reads the header; the data are checked when they are asked for.
  init(_ bytes: TensorBytes, name: String) throws(TensorFileError) {
    header = try NPYHeader(bytes)
    self.bytes = bytes
    self.name = name
  }

  func layout(named name: String) throws(TensorFileError) -> TensorFile.Layout {
    guard name == self.name else { throw .noTensor(name: name, available: names) }
    return header.layout(name: name)
  }

  func tensor(named name: String) throws(TensorFileError) -> TensorFile.Entry {
    guard name == self.name else { throw .noTensor(name: name, available: names) }
    return try header.tensor(in: bytes, name: name)
  }
}

extension NPYHeader {
  /// The shape and the type.
  func layout(name: String) -> TensorFile.Layout {
    TensorFile.Layout(
      name: name, shape: shape, dtype: descr, element: TensorFileElement(npy: descr))
  }

  /// The array whose header this is, in the npy file `bytes`.
  ///
  /// Bytes after the data are refused too: numpy ignores them, but they tell of a wrong shape.
  func tensor(in bytes: TensorBytes, name: String) throws(TensorFileError) -> TensorFile.Entry {
    let element = try element(name: name)
    let expected = try Shape.byteCount(shape, elementSize: element.byteCount, name: name)
    guard expected == bytes.count - byteCount else {
      throw .wrongByteCount(name: name, expected: expected, actual: bytes.count - byteCount)
    }
    var data = TensorBytes(bytes, byteCount..<bytes.count)
    if isFortranOrder {
      data = try data.transposedToCOrder(shape: shape, elementSize: element.byteCount)
    }
    return TensorFile.Entry(
      name: name, shape: shape, element: element, bytes: try data.aligned(to: element.byteCount))
  }

  private func element(name: String) throws(TensorFileError) -> TensorFileElement {
    if let element = TensorFileElement(npy: descr) { return element }
    // numpy has no bfloat16: the type of the ml_dtypes package is saved as two opaque bytes.
    if descr == "<V2" || descr == "|V2" { throw .opaqueElement(name: name, dtype: descr) }
    if descr.hasPrefix(">") { throw .bigEndian(name: name, dtype: descr) }
    throw .unsupportedElement(name: name, dtype: descr)
  }
}
