"""The headings that tables and JSON use for the fields of `Paper`: by source and by language.

Sources: exports and manuals of Scopus, Web of Science, Embase, PubMed, Cochrane, EBSCO, Ovid, ProQuest, Dimensions,
Lens, OpenAlex, Semantic Scholar, IEEE Xplore, CNKI, Google Scholar (Publish or Perish), Zotero, EndNote, RefWorks,
Mendeley, Rayyan, Covidence, EPPI-Reviewer and ASReview. All are written without accents, spaces and punctuation, in
lower case, as `headings.fold_heading` compares them.
"""

from __future__ import annotations

#: Headings of each field of `Paper`. If a record has several of them, the first here counts.
HEADINGS: dict[str, tuple[str, ...]] = {
    "title": (
        "title", "primarytitle", "titleprimary", "articletitle", "documenttitle", "papertitle", "itemtitle", "ti",
        "t1", "dctitle", "titles", "englishtitle", "studytitle", "articlename", "papername", "titel", "artikeltitel",
        "titre", "titredelarticle", "titulo", "titulodelarticulo", "titulodoartigo", "titolo", "titolodellarticolo",
        "标题", "题名", "篇名", "题目", "论文标题", "论文题目", "文献标题", "文献题名", "中文题名", "英文题名", "標題",
        "題名", "表題", "論文名", "論文題目", "論文タイトル", "タイトル", "제목", "논문제목", "название",
        "заглавие", "названиестатьи", "journalarticletitle",
        "originaltitle", "titleoriginal", "displayname",
    ),
    "abstract": (
        "abstract", "abstractnote", "notesabstract", "abstracttext", "abstracts", "paperabstract", "articleabstract",
        "englishabstract", "summary", "ab", "n2", "dcdescription", "zusammenfassung", "kurzfassung", "abstrakt",
        "resume", "resumen", "resumo", "riassunto", "sommario", "摘要", "文摘", "中文摘要", "英文摘要", "论文摘要",
        "抄録", "要旨", "要約", "概要", "論文要旨", "초록", "аннотация", "реферат", "originalabstract", "description",
        "text",
    ),
    "authors": (
        "authorsparsed", "authorfullnames", "authors", "author", "authornames", "authorsprimary", "primaryauthors",
        "authorshipsauthordisplayname", "authorshipsrawauthorname", "authorlist", "af", "fau", "au", "a1", "creator",
        "creators", "dccreator", "autor", "autoren", "verfasser", "autorinnen", "auteur", "auteurs", "autores",
        "autore", "autori", "作者", "全部作者", "论文作者", "责任者", "著者", "著者名", "執筆者", "저자", "авторы",
        "автор", "autorin", "verfasserin", "autoria", "contributors", "firstauthors",
        "firstauthor",
    ),
    "editors": (
        "editors", "editor", "bookeditors", "bookeditor", "editornames", "editorfullnames", "volumeeditors", "ed",
        "be", "herausgeber", "editeur", "editeurs", "编者", "主编", "編者",
    ),
    "year": (
        "year", "publicationyear", "pubyear", "publishedyear", "py", "yearpublished", "yearofpublication",
        "publishyear", "yr", "jahr", "erscheinungsjahr", "publikationsjahr", "annee", "anneedepublication", "ano",
        "anodepublicacion", "anodepublicacao", "anno", "annodipubblicazione", "年", "年份", "出版年", "出版年份",
        "发表年份", "发表年", "発行年", "刊行年", "연도", "발행년", "год", "publicationdateyear",
    ),
    "date": (
        "date", "publicationdate", "published", "publisheddate", "datepublished", "pubdate", "coverdate",
        "prismcoverdate", "dateofpublication", "issuedate", "onlinedate", "publishedonline", "created", "issued",
        "datum", "erscheinungsdatum", "veroffentlichungsdatum", "publikationsdatum", "datedepublication", "fecha",
        "fechadepublicacion", "datadepublicacao", "datadipubblicazione", "发表时间", "出版日期", "发表日期", "日期",
        "発行日", "発行年月日", "出版日", "pd",
    ),
    "month": ("month", "publicationmonth", "pubmonth", "monat", "mois", "mes", "mese", "月", "月份"),
    "day": ("day", "publicationday", "pubday", "dayofpublication"),
    "venue": (
        "venue", "journal", "journaltitle", "publicationtitle", "sourcetitle", "journalname", "journalbook",
        "periodicalfull", "secondarytitle", "titlesecondary", "booktitle", "containertitle", "journalfull",
        "journalref", "primarylocationsourcedisplayname", "hostvenuedisplayname", "locationssourcedisplayname",
        "conference", "conferencename", "conferencetitle", "proceedingstitle", "so", "jo", "publicationname",
        "prismpublicationname", "publicationvenue", "publicationvenuename", "parenttitle", "hosttitle", "publishedin",
        "periodical", "magazine", "zeitschrift", "zeitschriftentitel", "journalzeitschrift", "revue", "titredelarevue",
        "nomdelarevue", "revista", "titulodelarevista", "titulodarevista", "nombredelarevista", "periodico", "rivista",
        "titolodellarivista", "期刊", "刊名", "期刊名称", "期刊名", "文献来源", "来源", "来源期刊", "出处", "雑誌名",
        "掲載誌", "掲載誌名", "資料名", "誌名", "収録刊行物", "학술지명", "학술지", "журнал", "periodicalabbrev",
        "journalabbreviation", "journalabbrev", "isoabbreviation", "abbreviatedjournal", "abbreviatedsourcetitle",
        "pubtitle", "zeitschriftquelle", "quelle", "fuente", "fonte", "publication", "source",
    ),
    "volume": (
        "volume", "vol", "vl", "journalvolume", "bibliovolume", "prismvolume", "volumenumber", "volumeno", "band",
        "jahrgang", "tome", "volumen", "卷", "卷号", "巻", "권",
    ),
    "issue": (
        "issue", "number", "issuenumber", "is", "journalissue", "biblioissue", "prismissueidentifier", "issueno",
        "heft", "heftnummer", "ausgabe", "numero", "fasciculo", "fascicolo", "期", "期号", "刊期", "号", "호",
    ),
    "pages": (
        "pages", "page", "pagerange", "prismpagerange", "pagination", "pagenumbers", "pagenumber", "pp", "seiten",
        "seite", "seitenangabe", "paginas", "pagine", "页码", "页", "ページ", "頁", "頁数", "страницы", "bp",
        "startpage", "pagestart", "firstpage", "beginpage", "startingpage", "bibliofirstpage",
    ),
    "doi": (
        "doi", "itemdoi", "do", "di", "digitalobjectidentifier", "doilink", "doinumber", "doiurl", "articledoi",
        "paperdoi", "publicationdoi", "idsdoi", "prismdoi", "doiid", "doi号",
    ),
    "arxiv_id": ("arxivid", "arxiv", "eprint", "idsarxiv", "arxivnumber"),
    "pmid": (
        "pmid", "pubmedid", "pubmed", "pm", "medlinepmid", "pubmednumber", "idspmid", "pubmedpmid", "medlineid",
    ),
    "pmcid": ("pmcid", "pmc", "pubmedcentralid", "idspmcid", "pmcnumber"),
    "acl_id": ("aclid", "anthologyid"),
    "issn": (
        "issn", "isbn", "issnisbn", "sn", "eissn", "issns", "isbns", "isbn13", "isbn10", "printissn", "issnprint",
        "pissn", "electronicissn", "onlineissn", "issnonline", "journalissn", "prismissn", "prismisbn",
        "primarylocationsourceissn", "primarylocationsourceissnl", "issnl", "isbnissn",
    ),
    "url": (
        "url", "urls", "link", "links", "ur", "articleurl", "sourceurls", "sourceurl", "documenturl", "weblink",
        "landingpageurl", "primarylocationlandingpageurl", "externalurl", "fulltexturl", "fulltextlink", "permalink",
        "plink", "lien", "enlace", "链接", "网址", "pdfurl", "pdflink",
    ),
    "language": (
        "language", "languages", "lang", "la", "articlelanguage", "documentlanguage", "publicationlanguage",
        "languageoforiginaldocument", "originallanguage", "sprache", "langue", "idioma", "lingua", "语种", "语言",
        "言語", "언어",
    ),
    "keywords": (
        "keywords", "keyword", "authorkeywords", "authorkeyword", "categories", "subjects", "subject", "subjectterms",
        "subjectheadings", "descriptors", "descriptor", "meshterms", "meshheadings", "meshdescriptors", "mesh", "kw",
        "de", "keywordsdisplayname", "schlagworter", "schlagworte", "schlusselworter", "stichworter", "stichworte",
        "motscles", "motsclefs", "palabrasclave", "palabrasclaves", "descriptores", "palavraschave", "parolechiave",
        "关键词", "关键字", "中文关键词", "キーワード", "키워드", "주제어", "ключевыеслова", "indexkeywords",
        "indexterms", "emtreemedicalindexterms", "topicsdisplayname", "conceptsdisplayname", "fieldsofstudy",
    ),
    "tags": ("tags", "tag", "manualtags", "automatictags", "collections", "labels", "label", "usertags", "mytags",
             "mendeleytags"),
    "type": (
        "type", "itemtype", "entrytype", "documenttype", "publicationtype", "contenttype", "ty", "dt",
        "referencetype", "reftype", "recordtype", "articletype", "publicationtypes", "documenttypes", "pubtype",
        "worktype", "typeofpublication", "dokumenttyp", "medientyp", "typededocument", "tipodedocumento", "文献类型",
        "資料種別", "doctype", "doctypes", "pt",
    ),
    "comment": ("comment", "comments"),
    "key": (
        *("key", "citationkey", "citekey", "bibtexkey", "id", "recordid", "paperid", "docid", "accessionnumber"),
        *("rowid", "ut", "eid", "referenceid", "publicationid", "lensid", "pui", "documentid", "uniqueid", "refid"),
        *("covidence", "articleid", "recordnumber", "itemid"),
    ),
}  # fmt: skip

#: Words that alone tell the field of a heading of several words, such as ``Paper Title (English)``.
TELLING: dict[str, tuple[str, ...]] = {
    "title": (
        "title", "titel", "titre", "titulo", "titolo", "название", "заглавие", "标题", "题名", "篇名", "題名",
        "タイトル", "제목",
    ),
    "abstract": (
        "abstract", "abstrakt", "zusammenfassung", "kurzfassung", "resume", "resumen", "resumo", "riassunto",
        "аннотация", "摘要", "抄録", "要旨", "초록",
    ),
    "authors": (
        "authors", "author", "autor", "autoren", "auteurs", "auteur", "autores", "autori", "作者", "著者", "저자",
    ),
    "year": (
        "year", "jahr", "annee", "ano", "anno", "年", "年份",
    ),
    "venue": (
        "journal", "periodical", "magazine", "zeitschrift", "revue", "periodique", "revista", "periodico", "rivista",
        "журнал", "журнала", "期刊", "刊名",
    ),
    "doi": (
        "doi",
    ),
    "pmid": (
        "pmid",
    ),
    "keywords": (
        "keywords", "keyword", "schlagworter", "关键词", "キーワード",
    ),
    "url": (
        "url", "link", "links",
    ),
}  # fmt: skip
#: Words that change nothing in the meaning of a heading beside a telling word.
NEUTRAL = frozenset({
    "a", "an", "and", "the", "of", "in", "for", "to", "s", "es", "n", "full", "complete", "main", "list", "all",
    "text", "content", "name", "names", "article", "articles", "paper", "papers", "document", "publication",
    "published", "study", "item", "reference", "record", "work", "english", "en", "eng", "original", "translated",
    "language", "number", "no", "id", "link", "url", "if", "available", "primary", "der", "die", "das", "des", "de",
    "la", "le", "les", "l", "el", "du", "del", "do", "da", "di", "und", "et", "e", "artikel", "artikels", "beitrags",
    "articulo", "artigo", "articolo", "статьи", "работы", "deutsch", "englisch", "german", "french", "spanish",
    "portuguese", "italian", "russian", "chinese", "japanese", "korean", "anglais", "francais", "ingles", "espanol",
    "portugues", "inglese", "italiano",
})  # fmt: skip
#: Neutral words that make another thing of some fields: ``Author ID``, ``Abstract number``, ``Title link``.
OTHER_THINGS = frozenset({
    "number", "no", "id", "link", "url", "publication", "published", "language", "list",
})  # fmt: skip
#: The fields of which they make another thing.
STRICT = frozenset({"title", "abstract", "authors", "venue", "keywords"})
#: Words of the title of a paper. Beside the word journal, ``title`` means the journal only without them.
OF_PAPERS = frozenset({"article", "articles", "paper", "papers"})
#: What changes nothing in the meaning of a heading in a script that has no spaces between words.
NEUTRAL_PARTS: tuple[str, ...] = (
    "日本語", "中文", "英文", "日文", "原文", "和文", "欧文", "英語", "论文", "論文", "文献", "文章", "期刊论文",
    "姓名", "名称", "名前", "内容", "文本", "信息", "发表", "発表", "列表", "名",
)  # fmt: skip
