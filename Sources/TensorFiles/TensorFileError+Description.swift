extension TensorFileError: CustomStringConvertible {
  /// The error as one sentence.
  public var description: String {
    switch self {
    case .inFile(let path, let problem): "In '\(path)': \(problem)"
    case .cannotRead(let path, let reason): "The file '\(path)' cannot be read: \(reason)."
    case .cannotWrite(let path, let reason): "The file '\(path)' cannot be written: \(reason)."
    case .isDirectory(let path): "'\(path)' is a folder, not a file."
    case .notRegularFile(let path): "'\(path)' is a device or a pipe, not a regular file."
    case .unknownExtension(let path, let supported):
      "The name '\(path)' does not end in \(Self.listed(supported, conjunction: "or"))."
    case .outOfMemory(let bytes): "There is no memory for a copy of \(bytes) bytes."
    case .noTensor, .unsupportedElement, .bigEndian, .opaqueElement, .negativeDimension,
      .tooManyAxes, .tooManyElements, .wrongByteCount, .duplicateName:
      tensorDescription
    case .encrypted, .unsupportedCompression, .impossibleSize, .invalidDeflate, .wrongChecksum:
      archiveDescription
    case .cannotStore, .wrongTensorCount, .wrongSource, .reservedName, .tooLong: writingDescription
    default: structureDescription
    }
  }

  private var tensorDescription: String {
    switch self {
    case .noTensor(let name, let available):
      available.isEmpty
        ? "There is no tensor '\(name)': the file is empty."
        : "There is no tensor '\(name)' among \(Self.quoted(available))."
    case .unsupportedElement(let name, let dtype):
      "Tensor '\(name)' has the unsupported dtype '\(dtype)'; the supported ones are "
        + Self.listed(TensorFileElement.allCases.map(\.description), conjunction: "and") + "."
    case .bigEndian(let name, let dtype):
      "Tensor '\(name)' has the big-endian dtype '\(dtype)'; only little-endian ones are supported."
    case .opaqueElement(let name, let dtype):
      "Tensor '\(name)' has the opaque dtype '\(dtype)', which is how numpy saves bfloat16; "
        + "npy does not say what it means, safetensors would."
    case .negativeDimension(let name, let dimension):
      "Tensor '\(name)' has the negative dimension \(dimension)."
    case .tooManyAxes(let name, let axes, let limit):
      "Tensor '\(name)' has \(axes) axes, more than the limit of \(limit)."
    case .tooManyElements(let name, let shape):
      "Tensor '\(name)' of shape \(shape) has more bytes than an address can count, \(Int.max)."
    case .wrongByteCount(let name, let expected, let actual):
      "Tensor '\(name)' needs \(expected) bytes for its shape and dtype, but has \(actual)."
    case .duplicateName(let name): "Two tensors are called '\(name)'."
    default: ""
    }
  }

  private var structureDescription: String {
    switch self {
    case .truncated(let part, let needed, let available):
      "The \(part) needs \(needed) bytes, but only \(available) are left."
    case .wrongSignature(let part): "The \(part) does not begin with the bytes that mark it."
    case .headerTooLong(let bytes, let limit):
      "The header is \(bytes) bytes long, more than the limit of \(limit)."
    case .invalidHeader(let reason): "The header cannot be understood: \(reason)."
    case .unsupportedVersion(let major, let minor):
      "The version of npy is \(major).\(minor), which is not 1.0, 2.0 or 3.0."
    case .invalidRange(let name, let begin, let end):
      "Tensor '\(name)' cannot lie between the offsets \(begin) and \(end)."
    case .rangeBeyondFile(let name, let end, let available):
      "Tensor '\(name)' ends at offset \(end), beyond the \(available) bytes of data."
    case .overlap(let name, let begin, let other, let otherEnd):
      "'\(name)' begins at offset \(begin), before '\(other)' ends at \(otherEnd)."
    default: ""
    }
  }

  private var archiveDescription: String {
    switch self {
    case .encrypted(let member): "Member '\(member)' is encrypted, which is not supported."
    case .unsupportedCompression(let member, let method):
      "Member '\(member)' is compressed by method \(method); only 0 (stored) and 8 (deflated) "
        + "are supported."
    case .impossibleSize(let member, let compressed, let uncompressed):
      "Member '\(member)' claims \(uncompressed) bytes, more than its \(compressed) stored bytes "
        + "can hold."
    case .invalidDeflate(let member, let reason): "Member '\(member)' is damaged: \(reason)."
    case .wrongChecksum(let member, let expected, let actual):
      "Member '\(member)' has the CRC-32 \(Self.hexadecimal(actual)), but the directory says "
        + "\(Self.hexadecimal(expected))."
    default: ""
    }
  }

  private var writingDescription: String {
    switch self {
    case .cannotStore(let name, let element, let format):
      "Tensor '\(name)' is \(element), which \(format) cannot hold."
    case .wrongTensorCount(let expected, let actual):
      "An npy file holds \(expected) array, and there are \(actual)."
    case .wrongSource(let name, let expected, let actual):
      "Tensor '\(name)' needs \(expected) bytes for its shape, but its source gives \(actual)."
    case .reservedName(let name): "No tensor may be called '\(name)': the format uses that name."
    case .tooLong(let part, let bytes, let limit):
      "The \(part) takes \(bytes) bytes, more than the limit of \(limit)."
    default: ""
    }
  }
}

extension TensorFileError {
  private static func listed(_ words: [String], conjunction: String) -> String {
    guard let last = words.last, words.count > 1 else { return words.joined() }
    return words.dropLast().joined(separator: ", ") + " \(conjunction) " + last
  }

  /// At most eight names: a checkpoint has thousands.
  private static func quoted(_ names: [String]) -> String {
    let shown = names.prefix(8).map { "'\($0)'" }
    guard names.count > shown.count else { return listed(shown, conjunction: "and") }
    return shown.joined(separator: ", ") + " and \(names.count - shown.count) more"
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }
}
