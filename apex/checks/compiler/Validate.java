import apex.jorje.semantic.ast.modifier.ModifierGroups;
import apex.jorje.semantic.bcl.ExceptionMethods;
import apex.jorje.semantic.common.TestAccessEvaluator;
import apex.jorje.semantic.common.TestQueryValidators;
import apex.jorje.semantic.common.TestSymbolProvider;
import apex.jorje.semantic.compiler.*;
import apex.jorje.semantic.compiler.sfdc.NoopCompilerProgressCallback;
import apex.jorje.semantic.symbol.member.variable.FieldTable;
import apex.jorje.semantic.symbol.member.variable.SObjectFieldInfo;
import apex.jorje.semantic.symbol.member.variable.StandardFieldTable;
import apex.jorje.semantic.symbol.resolver.SymbolResolver;
import apex.jorje.semantic.symbol.type.*;
import apex.jorje.semantic.symbol.type.common.BiPredicates;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.*;
import java.util.jar.JarFile;
import java.util.logging.LogManager;

/**
 * Has Salesforce's compiler look at Apex sources, and prints what it says: path, line and message, with tabs between.
 *
 * Arguments: the compiler's jar, the jar of standard objects, the folder of what the compiler's library lacks. Standard
 * input has a line for each source ("source", path) and each field of a custom object ("field", object, field, type).
 */
public class Validate {
    public static void main(String[] arguments) throws IOException {
        LogManager.getLogManager().reset();
        Map<SourceFile, String> paths = new IdentityHashMap<>();
        Objects objects = new Objects(arguments[1]);
        try (Scanner lines = new Scanner(System.in, "UTF-8")) {
            while (lines.hasNextLine()) {
                String[] parts = lines.nextLine().split("\t");
                if (parts[0].equals("source")) {
                    paths.put(source(Files.readString(Path.of(parts[1]))).build(), parts[1]);
                } else {
                    objects.add(parts[1], parts[2], parts[3]);
                }
            }
        }
        Symbols symbols = new Symbols(new Library(arguments[0], Path.of(arguments[2])), objects);
        for (CodeUnit unit : compile(paths.keySet(), symbols)) {
            String path = paths.get(unit.getSourceFile());
            if (path != null) { // else it is of the library, whose methods have no bodies
                unit.getErrors().get().forEach(error -> System.out.println(String.join("\t", path,
                    error.getLoc() == null ? "0" : "" + error.getLoc().getLine(), error.getError().replaceAll("\\s+", " "))));
            }
        }
    }

    static SourceFile.Builder source(String text) {
        return SourceFile.builder().setBody(text);
    }

    static List<CodeUnit> compile(Collection<SourceFile> sources, Symbols symbols) {
        CompilationInput input = new CompilationInput(sources, symbols, new TestAccessEvaluator(),
            new TestQueryValidators.Noop(), null, NoopCompilerProgressCallback.get());
        return ApexCompiler.builder().setInput(input).build().compile(CompilerStage.VALIDATE);
    }
}

/** Finds the types that no source of ours declares. */
class Symbols extends TestSymbolProvider {
    private static final InternalTypeInfo BASE = InternalTypeInfos.APEX_EXCEPTION;
    /** What all exceptions extend; the one that comes with the compiler's test classes has no getMessage(). */
    private static final TypeInfo EXCEPTION = StandardTypeInfoImpl.builder().setApexName(BASE.getApexName())
        .setBytecodeName(BASE.getBytecodeName()).setNamespace(BASE.getNamespace()).setBasicType(BASE.getBasicType())
        .setParents(BASE.parents()).setMethods(ExceptionMethods.methodsWithConstructors()).setFields(BASE.fields())
        .setUnitType(BASE.getUnitType()).setModifiers(BASE.getModifiers()).build();
    private final Library library;
    private final Objects objects;
    private final Map<String, TypeInfo> found = new HashMap<>();

    Symbols(Library library, Objects objects) {
        this.library = library;
        this.objects = objects;
    }

    @Override
    public TypeInfo find(SymbolResolver resolver, TypeInfo user, String name) {
        String key = name.toLowerCase(Locale.ROOT);
        if (key.equals(EXCEPTION.getBytecodeName().toLowerCase(Locale.ROOT))) {
            return EXCEPTION;
        }
        String text = library.text(key);
        if (text == null) {
            return super.find(resolver, user, name);
        }
        if (!found.containsKey(key)) {
            SourceFile file = Validate.source(text).setKnownName(name).setTrusted(true).setFileBased(true)
                .setNamespace(Namespaces.create(key.substring(0, key.indexOf('/')))).build();
            found.put(key, resolver.getCompilerService().attachSource(resolver, file, name));
        }
        return found.get(key);
    }

    @Override
    public TypeInfo getSObjectType(TypeInfo user, String name) {
        return objects.type(name);
    }
}

/** The declarations of Salesforce's own classes, by lower-case "namespace/name". */
class Library {
    private static final String FOLDER = "StandardApexLibrary/";
    private static final String SUFFIX = ".cls";
    private final Map<String, String> texts = new HashMap<>();

    Library(String jar, Path additions) throws IOException {
        try (JarFile opened = new JarFile(jar)) {
            for (var entry : Collections.list(opened.entries())) {
                if (entry.getName().startsWith(FOLDER) && entry.getName().endsWith(SUFFIX)) {
                    try (InputStream content = opened.getInputStream(entry)) {
                        add(entry.getName().substring(FOLDER.length()), new String(content.readAllBytes(), "UTF-8"));
                    }
                }
            }
        }
        try (var files = Files.walk(additions)) {
            for (Path path : (Iterable<Path>) files.filter(each -> each.toString().endsWith(SUFFIX))::iterator) {
                add(additions.relativize(path).toString(), Files.readString(path));
            }
        }
    }

    private void add(String name, String text) {
        String key = name.substring(0, name.length() - SUFFIX.length()).toLowerCase(Locale.ROOT);
        // The library does not say that its exceptions are exceptions, whose clone() is another.
        texts.put(key, key.endsWith("exception") && !text.contains(" extends ")
            ? text.replaceFirst("(class \\w+)", "$1 extends Exception").replace("global Object clone() {}", "") : text);
    }

    String text(String key) {
        return texts.get(key);
    }
}

/** Standard and custom objects with their fields. */
class Objects {
    private static final String PACKAGE = "com/nawforce/runforce/SObjects/";
    private static final Map<String, TypeInfo> TYPES = Map.of("String", TypeInfos.STRING, "Id", TypeInfos.ID, "Boolean",
        TypeInfos.BOOLEAN, "Integer", TypeInfos.INTEGER, "Decimal", TypeInfos.DECIMAL, "Datetime", TypeInfos.DATE_TIME,
        "Date", TypeInfos.DATE, "Time", TypeInfos.TIME, "Blob", TypeInfos.BLOB);
    private final Map<String, String> standard = new HashMap<>();
    private final Map<String, Map<String, String>> custom = new HashMap<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, TypeInfo> types = new HashMap<>();

    Objects(String jar) throws IOException {
        try (JarFile opened = new JarFile(jar)) {
            opened.stream().map(each -> each.getName()).filter(each -> each.startsWith(PACKAGE) && !each.contains("$"))
                .map(each -> each.substring(PACKAGE.length()).replace(".class", ""))
                .forEach(each -> standard.put(each.toLowerCase(Locale.ROOT), each));
        }
    }

    void add(String object, String field, String type) {
        names.put(object.toLowerCase(Locale.ROOT), object);
        custom.computeIfAbsent(object.toLowerCase(Locale.ROOT), each -> new HashMap<>()).put(field, type);
    }

    TypeInfo type(String name) {
        String key = name.toLowerCase(Locale.ROOT);
        String written = standard.getOrDefault(key, names.get(key));
        return written == null ? null : types.computeIfAbsent(key, each -> declare(written));
    }

    private TypeInfo declare(String name) {
        SObjectMetadata metadata = SObjectMetadata.builder().setTriggerable(true).setEditable(true)
            .setLookupFieldPredicate(BiPredicates.alwaysTrue()).build();
        var builder = SObjectTypeInfo.builder().setApexBytecodeName(name);
        return ((SObjectTypeInfo.Builder) builder).setMetadata(metadata)
            .setFields((apex.common.base.Initializer<FieldTable, TypeInfo>) owner -> fields(owner, name)).buildResolved();
    }

    private FieldTable fields(TypeInfo owner, String name) {
        FieldTable table = new StandardFieldTable();
        fieldTypes(name).forEach((field, type) -> {
            TypeInfo found = TYPES.containsKey(type) ? TYPES.get(type) : type(type);
            if (found != null) {
                table.add(SObjectFieldInfo.builder().setName(field).setModifiers(ModifierGroups.ONLY_GLOBAL)
                    .setDefiningType(owner).setType(found).setColumnInfo(true).setCategory(TYPES.containsKey(type)
                        ? SObjectFieldInfo.Category.REGULAR : SObjectFieldInfo.Category.FOREIGN_KEY).build());
            }
        });
        return table.resolve();
    }

    private Map<String, String> fieldTypes(String name) {
        if (custom.containsKey(name.toLowerCase(Locale.ROOT))) {
            return custom.get(name.toLowerCase(Locale.ROOT));
        }
        Map<String, String> fields = new HashMap<>();
        try {
            for (var field : Class.forName(PACKAGE.replace('/', '.') + name).getFields()) {
                fields.put(field.getName(), field.getType().getSimpleName());
            }
        } catch (ClassNotFoundException error) {
            throw new IllegalStateException(error);
        }
        return fields;
    }
}
