//! Which files belong together.

use super::*;

fn policy(id: &str, base: Option<&str>) -> String {
    let base =
        base.map(|id| format!("<BasePolicy><PolicyId>{id}</PolicyId></BasePolicy>")).unwrap_or_default();
    format!("<TrustFrameworkPolicy PolicyId=\"{id}\">{base}</TrustFrameworkPolicy>")
}

fn folder_of(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn names(workspace: &Workspace, keys: &[Key]) -> Vec<String> {
    keys.iter().map(|key| workspace.file(key).unwrap().name.clone()).collect()
}

fn key(folder: &tempfile::TempDir, name: &str) -> Key {
    key_of_path(&folder.path().join(name))
}

#[test]
fn a_base_is_the_nearest_file_of_its_id() {
    let folder = folder_of(&[
        ("one/Base.xml", policy("Base", None)),
        ("one/Leaf.xml", policy("Leaf", Some("base"))),
        ("two/Base.xml", policy("BASE", None)),
        ("two/deep/Leaf.xml", policy("Leaf", Some("Base"))),
        ("three/Other.xml", policy("Other", Some("Missing"))),
        ("three/other.xml.txt", policy("No", None)),
        ("three/note.xml", "<note/>".to_owned()),
        (".git/Base.xml", policy("Base", None)),
    ]);
    let mut workspace = Workspace::default();
    workspace.add_folders([folder.path().to_owned()]);
    assert_eq!(workspace.files().count(), 5);
    let above = |name: &str| names(&workspace, &workspace.above(&key(&folder, name)));
    assert_eq!(above("one/Leaf.xml"), ["one/Base.xml"]);
    assert_eq!(above("two/deep/Leaf.xml"), ["two/Base.xml"]);
    assert!(above("three/Other.xml").is_empty());
    assert_eq!(
        names(&workspace, workspace.set(&key(&folder, "one/Base.xml"))),
        ["one/Base.xml", "one/Leaf.xml"]
    );
    assert_eq!(names(&workspace, &workspace.below(&key(&folder, "two/Base.xml"))), ["two/deep/Leaf.xml"]);
}

#[test]
fn an_edit_of_a_base_touches_its_children_and_a_new_head_both_sets() {
    let folder = folder_of(&[
        ("a/Base.xml", policy("Base", None)),
        ("a/Leaf.xml", policy("Leaf", Some("Base"))),
        ("a/New.xml", policy("New", None)),
    ]);
    let mut workspace = Workspace::default();
    workspace.add_folders([folder.path().to_owned()]);
    assert_eq!(workspace.changed_sets().0.len(), 2);
    assert!(workspace.changed_sets().0.is_empty());
    let uri = uri::uri(&folder.path().join("a/Base.xml")).unwrap();
    workspace.open(&uri, 1, policy("Base", None) + " ");
    let (sets, _) = workspace.changed_sets();
    assert_eq!(sets.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
    // Renamed while typing: the leaf looks for another base now.
    workspace.open(&uri, 2, policy("New2", None));
    assert_eq!(workspace.changed_sets().0.len(), 2);
    workspace.close(&uri);
    assert_eq!(workspace.changed_sets().0.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_file_outside_of_all_folders_brings_its_neighbours() {
    let folder = folder_of(&[("Base.xml", policy("Base", None)), ("Leaf.xml", policy("Leaf", Some("Base")))]);
    let mut workspace = Workspace::default();
    let uri = uri::uri(&folder.path().join("Leaf.xml")).unwrap();
    workspace.open(&uri, 1, policy("Leaf", Some("Base")));
    assert_eq!(names(&workspace, &workspace.above(&key(&folder, "Leaf.xml"))), ["Base.xml"]);
}

#[test]
fn a_file_that_comes_changes_or_goes_is_noticed() {
    let folder = folder_of(&[("Leaf.xml", policy("Leaf", Some("Base")))]);
    let mut workspace = Workspace::default();
    workspace.add_folders([folder.path().to_owned()]);
    let path = folder.path().join("Base.xml");
    fs::write(&path, policy("Base", None)).unwrap();
    let uri = uri::uri(&path).unwrap();
    workspace.news(&uri);
    assert_eq!(names(&workspace, &workspace.above(&key(&folder, "Leaf.xml"))), ["Base.xml"]);
    fs::remove_file(&path).unwrap();
    workspace.news(&uri);
    assert!(workspace.above(&key(&folder, "Leaf.xml")).is_empty());
}

#[test]
fn two_files_of_one_id_in_one_folder_are_compiled_together_so_that_it_is_told() {
    let folder = folder_of(&[("a.xml", policy("Same", None)), ("b.xml", policy("same", None))]);
    let mut workspace = Workspace::default();
    workspace.add_folders([folder.path().to_owned()]);
    assert_eq!(workspace.set(&key(&folder, "a.xml")).len(), 2);
}
