/// A reason why a tensor file cannot be read or written.
///
/// A case carries the numbers that disagree, and `description` is one sentence that names them.
public enum TensorFileError: Error, Equatable, Sendable {
  // MARK: Files

  /// The contents of the file at `path` are wrong, for the reason inside.
  indirect case inFile(path: String, TensorFileError)

  /// The system refuses to open or map the file, for the reason it gives.
  case cannotRead(path: String, reason: String)

  /// The system refuses to write or rename the file, for the reason it gives.
  case cannotWrite(path: String, reason: String)

  /// The path leads to a folder.
  case isDirectory(path: String)

  /// The path leads to a device, a pipe or a socket.
  case notRegularFile(path: String)

  /// The name of the file does not end in one of the supported extensions.
  case unknownExtension(path: String, supported: [String])

  /// Memory for a copy of `bytes` bytes is not to be had.
  case outOfMemory(bytes: Int)

  // MARK: Tensors

  /// The file has no tensor of that name.
  case noTensor(name: String, available: [String])

  /// The tensor's elements are of a type that is not read here.
  case unsupportedElement(name: String, dtype: String)

  /// The tensor's elements are big-endian.
  case bigEndian(name: String, dtype: String)

  /// The tensor's elements are opaque to npy, as bfloat16 saved by numpy is.
  case opaqueElement(name: String, dtype: String)

  /// A dimension of the tensor is negative.
  case negativeDimension(name: String, dimension: Int)

  /// The shape has more axes than numpy allows.
  case tooManyAxes(name: String, axes: Int, limit: Int)

  /// The bytes of the tensor are more than an `Int` counts.
  case tooManyElements(name: String, shape: [Int])

  /// Shape and type ask for `expected` bytes, and the file gives `actual`.
  case wrongByteCount(name: String, expected: Int, actual: Int)

  /// Two tensors or members have the same name.
  case duplicateName(name: String)

  // MARK: Structure

  /// A part of the file ends after `available` of its `needed` bytes.
  case truncated(part: String, needed: Int, available: Int)

  /// The file does not begin, or the part does not begin, with the bytes that mark it.
  case wrongSignature(part: String)

  /// A header states a length, in bytes, that is beyond what is read here.
  case headerTooLong(bytes: UInt64, limit: Int)

  /// The header cannot be understood.
  case invalidHeader(reason: String)

  /// The version of npy is not 1.0, 2.0 or 3.0.
  case unsupportedVersion(major: Int, minor: Int)

  // MARK: safetensors

  /// The offsets of a tensor are negative, or the end is before the beginning.
  case invalidRange(name: String, begin: Int, end: Int)

  /// A tensor ends at offset `end` of `available` bytes of data.
  case rangeBeyondFile(name: String, end: Int, available: Int)

  /// A tensor begins at offset `begin`, before `other` has ended at `otherEnd`.
  case overlap(name: String, begin: Int, other: String, otherEnd: Int)

  // MARK: npz

  /// The member is encrypted.
  case encrypted(member: String)

  /// The member is compressed by a method other than 0 (stored) and 8 (deflated).
  case unsupportedCompression(member: String, method: Int)

  /// No deflated stream of `compressed` bytes can hold `uncompressed` bytes.
  case impossibleSize(member: String, compressed: UInt64, uncompressed: UInt64)

  /// The deflated data are damaged.
  case invalidDeflate(member: String, reason: String)

  /// The CRC-32 of the data is not the one in the directory.
  case wrongChecksum(member: String, expected: UInt32, actual: UInt32)

  // MARK: Writing

  /// The format cannot hold that type of element.
  case cannotStore(name: String, element: TensorFileElement, format: TensorFile.Format)

  /// The format holds `expected` tensors, and the list has `actual`.
  case wrongTensorCount(expected: Int, actual: Int)

  /// The source of a tensor gave `actual` bytes where its shape asks for `expected`.
  case wrongSource(name: String, expected: Int, actual: Int)

  /// The format uses the name for itself.
  case reservedName(name: String)

  /// A name or the metadata are longer than the format can express, in bytes.
  case tooLong(part: String, bytes: Int, limit: Int)
}
