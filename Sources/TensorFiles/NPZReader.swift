/// The arrays of an npz file: the members of a ZIP archive whose names end in ".npy".
struct NPZReader: TensorReader {
  static let memberExtension = ".npy"

  let metadata: [String: String]
  let names: [String]

  private let members: [String: ZIPMember]
  private let archive: TensorBytes

  /// Reads the directory of the archive; the members are read when they are asked for.
  init(_ archive: TensorBytes) throws(TensorFileError) {
    let directory = try ZIPDirectory(archive)
    var members: [String: ZIPMember] = [:]
    var names: [String] = []
    for member in directory.members where member.name.hasSuffix(Self.memberExtension) {
      let name = String(member.name.dropLast(Self.memberExtension.count))
      guard members.updateValue(member, forKey: name) == nil else {
        throw .duplicateName(name: name)
      }
      names.append(name)
    }
    self.members = members
    self.names = names
    self.archive = archive
    // A comment that is not ours may be any text.
    metadata = (try? JSON.decode([String: String].self, from: directory.comment)) ?? [:]
  }

  func layout(named name: String) throws(TensorFileError) -> TensorFile.Layout {
    let member = try member(name)
    let preamble = try member.prefix(NPYHeader.preambleCount, in: archive)
    let header = try member.prefix(NPYHeader.byteCount(of: preamble), in: archive)
    return try NPYHeader(header).layout(name: name)
  }

  func tensor(named name: String) throws(TensorFileError) -> TensorFile.Entry {
    let contents = try member(name).contents(in: archive)
    return try NPYHeader(contents).tensor(in: contents, name: name)
  }

  private func member(_ name: String) throws(TensorFileError) -> ZIPMember {
    guard let member = members[name] else { throw .noTensor(name: name, available: names) }
    return member
  }
}
