// AJAX selects: FAB's Select2 searches on the server, twenty rows at a time.

const { jQuery } = window;
const chinese = document.documentElement.lang.startsWith("zh");
const words = chinese ? { all: "全部", choose: "请选择" } : { all: "All", choose: "Choose" };
const language = chinese
  ? {
      searching: () => "正在查找…",
      noResults: () => "没有找到",
      loadingMore: () => "正在载入…",
      errorLoading: () => "暂时无法查找，请稍后再试",
    }
  : {};

for (const select of document.querySelectorAll("select[data-options]")) {
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  const widget = jQuery(select).select2({
    language,
    placeholder: select.closest("form[method=get]") ? words.all : words.choose,
    allowClear: select.hasAttribute("data-blank"),
    ajax: {
      url: select.dataset.options,
      delay: 200,
      data: ({ term }) => ({ q: term ?? "" }),
      processResults: ({ results, more }) => ({
        results: more ? [...results, { id: "", text: chinese ? "更多结果请输入名称查找" : "Type to find more", disabled: true }] : results,
      }),
    },
  });
  const box = widget.data("select2").$selection;
  if (label) box.add(box.find(".select2-selection__rendered")).attr("aria-label", label.textContent.trim());
  if (select.getAttribute("aria-invalid")) box.attr("aria-invalid", "true");
}
