"""Build settings: flags by label, as --@nanorun//nanorun/sys:backend=NAME."""

def _choice_impl(ctx):
    if ctx.build_setting_value not in ctx.attr.values:
        fail("{} is one of {}, not {}".format(
            ctx.label,
            ", ".join(ctx.attr.values),
            ctx.build_setting_value,
        ))
    return []

# A flag with one of a few values.
choice_flag = rule(
    implementation = _choice_impl,
    build_setting = config.string(flag = True),
    attrs = {"values": attr.string_list(mandatory = True)},
)
