/// The tensors of a safetensors file.
///
///     ┌────────────┬───────────────┬─────────────────────────────┐
///     │ N: u64, LE │ N bytes: JSON │ data, at offsets of its own │
///     └────────────┴───────────────┴─────────────────────────────┘
///
/// Stricter than need be about overlaps, which no writer makes by mistake; not so about gaps, which
/// some leave for alignment.
struct SafetensorsReader: TensorReader {
  /// The longest header that is read, in bytes; the reference implementation's limit.
  static let headerLimit = 100_000_000

  private struct Record {
    let layout: TensorFile.Layout
    let range: Range<Int>
  }

  let metadata: [String: String]
  let names: [String]

  private let records: [String: Record]
  private let data: TensorBytes

  /// Reads the header, and checks every tensor's place in the data.
  init(_ bytes: TensorBytes) throws(TensorFileError) {
    var reader = try ByteReader(bytes, part: "length of the safetensors header")
    let headerCount = try reader.read(UInt64.self)
    guard headerCount <= Self.headerLimit else {
      throw .headerTooLong(bytes: headerCount, limit: Self.headerLimit)
    }
    reader = try ByteReader(bytes, at: reader.offset, part: "safetensors header")
    let header = try SafetensorsHeader.parse(reader.take(Int(headerCount)))
    data = try reader.take(reader.remaining)
    metadata = header.metadata

    var records: [String: Record] = [:]
    // By name, so that of several errors the same one is reported each time.
    for (name, record) in header.records.sorted(by: { $0.key < $1.key }) {
      records[name] = try Self.checked(record, name: name, available: data.count)
    }
    let ordered = records.values.sorted {
      ($0.range.lowerBound, $0.range.upperBound, $0.layout.name)
        < ($1.range.lowerBound, $1.range.upperBound, $1.layout.name)
    }
    try Self.refuseOverlaps(ordered.filter { !$0.range.isEmpty })
    names = ordered.map(\.layout.name)
    self.records = records
  }

  func layout(named name: String) throws(TensorFileError) -> TensorFile.Layout {
    try record(name).layout
  }

  func tensor(named name: String) throws(TensorFileError) -> TensorFile.Entry {
    let record = try record(name)
    guard let element = record.layout.element else {
      throw .unsupportedElement(name: name, dtype: record.layout.dtype)
    }
    return TensorFile.Entry(
      name: name, shape: record.layout.shape, element: element,
      bytes: try TensorBytes(data, record.range).aligned(to: element.byteCount))
  }

  private func record(_ name: String) throws(TensorFileError) -> Record {
    guard let record = records[name] else { throw .noTensor(name: name, available: names) }
    return record
  }

  private static func checked(
    _ record: SafetensorsHeader.Record, name: String, available: Int
  ) throws(TensorFileError) -> Record {
    guard record.offsets.count == 2 else {
      throw .invalidHeader(
        reason: "at '\(name)', data_offsets has \(record.offsets.count) numbers instead of 2")
    }
    let begin = record.offsets[0]
    let end = record.offsets[1]
    guard begin >= 0, begin <= end else { throw .invalidRange(name: name, begin: begin, end: end) }
    guard end <= available else {
      throw .rangeBeyondFile(name: name, end: end, available: available)
    }
    let element = TensorFileElement(safetensors: record.dtype)
    let byteCount = try Shape.byteCount(
      record.shape, elementSize: element?.byteCount ?? 1, name: name)
    // Only the size of a supported element is known for certain.
    guard element == nil || byteCount == end - begin else {
      throw .wrongByteCount(name: name, expected: byteCount, actual: end - begin)
    }
    let layout = TensorFile.Layout(
      name: name, shape: record.shape, dtype: record.dtype, element: element)
    return Record(layout: layout, range: begin..<end)
  }

  private static func refuseOverlaps(_ ordered: [Record]) throws(TensorFileError) {
    for (previous, next) in zip(ordered, ordered.dropFirst())
    where next.range.lowerBound < previous.range.upperBound {
      throw .overlap(
        name: next.layout.name, begin: next.range.lowerBound,
        other: previous.layout.name, otherEnd: previous.range.upperBound)
    }
  }
}
