/// Little-endian records, built field by field.
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  /// Appends an integer.
  mutating func write<Value: FixedWidthInteger>(_ value: Value) {
    for shift in stride(from: 0, to: Value.bitWidth, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// Appends bytes.
  mutating func write(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

  /// Appends `byte` until the count and `reserved` together are a multiple of `alignment`.
  mutating func pad(_ byte: UInt8, to alignment: Int, reserving reserved: Int = 0) {
    while (bytes.count + reserved) % alignment != 0 { bytes.append(byte) }
  }
}

extension ByteWriter {
  /// Appends a JSON string; every control character is escaped, a slash is not.
  mutating func write(json text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): write([UInt8(ascii: "\\"), byte])
      case 0..<0x20: write("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a JSON object of strings, its keys in order.
  mutating func write(json pairs: [String: String]) {
    write("{".utf8)
    for (index, pair) in pairs.sorted(by: { $0.key < $1.key }).enumerated() {
      if index > 0 { write(",".utf8) }
      write(json: pair.key)
      write(":".utf8)
      write(json: pair.value)
    }
    write("}".utf8)
  }
}
