/// The JSON object at the beginning of a safetensors file, as it is written there.
///
/// Of two tensors with the same name, Foundation's decoder keeps one. It refuses more than 512
/// nested values, so that the stack is safe.
struct SafetensorsHeader: Decodable {
  /// What the header says of one tensor.
  struct Record: Decodable {
    let dtype: String
    let shape: [Int]
    let offsets: [Int]

    private enum CodingKeys: String, CodingKey {
      case dtype
      case shape
      case offsets = "data_offsets"
    }
  }

  /// The one key that is not the name of a tensor.
  static let metadataKey = "__metadata__"

  let metadata: [String: String]
  let records: [String: Record]

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Name.self)
    var metadata: [String: String] = [:]
    var records: [String: Record] = [:]
    for key in container.allKeys {
      if key.stringValue == Self.metadataKey {
        metadata = try container.decode([String: String].self, forKey: key)
      } else {
        records[key.stringValue] = try container.decode(Record.self, forKey: key)
      }
    }
    self.metadata = metadata
    self.records = records
  }

  /// Parses the header.
  ///
  /// - Throws: `invalidHeader` with the decoder's reason and the place.
  static func parse(_ text: TensorBytes) throws(TensorFileError) -> SafetensorsHeader {
    try JSON.decode(SafetensorsHeader.self, from: text)
  }

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}
