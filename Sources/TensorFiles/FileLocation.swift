/// The parts of a path: "runs/q.npy" is the folder "runs", the stem "q" and the extension "npy".
struct FileLocation {
  /// The folder, with its last slash; empty for the current one.
  let folder: Substring

  /// The last component.
  let name: Substring

  init(_ path: String) {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    folder = path[..<slash]
    name = path[slash...]
  }

  /// The last component up to its last dot.
  var stem: String { name.lastIndex(of: ".").map { String(name[..<$0]) } ?? String(name) }

  /// What follows the last dot, in lower case.
  var `extension`: String {
    name.lastIndex(of: ".").map { name[$0...].dropFirst().lowercased() } ?? ""
  }
}
