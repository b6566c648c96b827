import TensorFiles
import Testing

@Suite("An error")
struct TensorFileErrorTests {
  @Test(
    "is one sentence that names both numbers",
    arguments: [
      (
        .wrongByteCount(name: "q", expected: 8, actual: 4),
        "Tensor 'q' needs 8 bytes for its shape and dtype, but has 4."
      ),
      (
        .inFile(path: "a.npz", .rangeBeyondFile(name: "q", end: 9, available: 8)),
        "In 'a.npz': Tensor 'q' ends at offset 9, beyond the 8 bytes of data."
      ),
      (
        .unknownExtension(path: "q.bin", supported: [".safetensors", ".npz", ".npy"]),
        "The name 'q.bin' does not end in .safetensors, .npz or .npy."
      ),
      (
        .noTensor(name: "x", available: ["q", "k", "v"]),
        "There is no tensor 'x' among 'q', 'k' and 'v'."
      ),
      (
        .noTensor(name: "x", available: (1...10).map { "\($0)" }),
        "There is no tensor 'x' among '1', '2', '3', '4', '5', '6', '7', '8' and 2 more."
      ),
      (.noTensor(name: "x", available: []), "There is no tensor 'x': the file is empty."),
      (
        .wrongChecksum(member: "q.npy", expected: 0xAB, actual: 0xFFFF_FFFF),
        "Member 'q.npy' has the CRC-32 0xffffffff, but the directory says 0x000000ab."
      ),
      (
        .inFile(path: "a.npy", .wrongTensorCount(expected: 1, actual: 3)),
        "In 'a.npy': An npy file holds 1 array, and there are 3."
      ),
      (
        .unsupportedElement(name: "m", dtype: "I64"),
        "Tensor 'm' has the unsupported dtype 'I64'; the supported ones are "
          + "f32, f16, bf16, f64 and bool."
      ),
    ] as [(TensorFileError, String)])
  func sentences(error: TensorFileError, sentence: String) {
    #expect(error.description == sentence)
  }

  @Test(
    "has a sentence, whatever its case",
    arguments: [
      .cannotRead(path: "p", reason: "r"), .cannotWrite(path: "p", reason: "r"),
      .isDirectory(path: "p"), .notRegularFile(path: "p"), .outOfMemory(bytes: 1),
      .bigEndian(name: "n", dtype: ">f4"), .opaqueElement(name: "n", dtype: "|V2"),
      .negativeDimension(name: "n", dimension: -1), .tooManyAxes(name: "n", axes: 65, limit: 64),
      .tooManyElements(name: "n", shape: [1]), .duplicateName(name: "n"),
      .truncated(part: "p", needed: 2, available: 1), .wrongSignature(part: "p"),
      .headerTooLong(bytes: 2, limit: 1), .invalidHeader(reason: "r"),
      .unsupportedVersion(major: 4, minor: 0), .invalidRange(name: "n", begin: 2, end: 1),
      .overlap(name: "n", begin: 1, other: "m", otherEnd: 2), .encrypted(member: "n"),
      .unsupportedCompression(member: "n", method: 12),
      .impossibleSize(member: "n", compressed: 1, uncompressed: 2000),
      .invalidDeflate(member: "n", reason: "r"),
      .cannotStore(name: "n", element: .bf16, format: .npz),
      .wrongTensorCount(expected: 1, actual: 3),
      .wrongSource(name: "n", expected: 2, actual: 1), .reservedName(name: "n"),
      .tooLong(part: "p", bytes: 2, limit: 1),
    ] as [TensorFileError])
  func completeness(error: TensorFileError) {
    let text = error.description
    #expect(text.count > 15 && text.hasSuffix("."))
    for number in numbers(in: error) {
      #expect(text.contains(number), "\(text)")
    }
  }
}

/// The integers that a value consists of, found by reflection: its text is the sentence itself.
private func numbers(in value: Any) -> [String] {
  if let integer = value as? any BinaryInteger { return ["\(integer)"] }
  return Mirror(reflecting: value).children.flatMap { numbers(in: $0.value) }
}
