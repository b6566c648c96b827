internal import FlashCore

extension RunDocument {
  /// What lay in HBM.
  struct Memory: Encodable {
    let inputBytes: Int
    let outputBytes: Int
    let savedBytes: Int
    let temporaryBytes: Int
    let totalBytes: Int
    /// Bytes by tensor.
    let tensors: [String: Int]

    enum CodingKeys: String, CodingKey {
      case inputBytes = "input_bytes"
      case outputBytes = "output_bytes"
      case savedBytes = "saved_bytes"
      case temporaryBytes = "temporary_bytes"
      case totalBytes = "total_bytes"
      case tensors
    }

    init(_ memory: HBMFootprint) {
      inputBytes = memory.bytes(of: .input)
      outputBytes = memory.bytes(of: .output)
      savedBytes = memory.bytes(of: .saved)
      temporaryBytes = memory.bytes(of: .temporary)
      totalBytes = memory.bytes
      tensors = Dictionary(
        memory.entries.map { ($0.allocation.name, $0.allocation.bytes) }, uniquingKeysWith: +)
    }
  }
}
